import { UserError } from "../errors.ts";
import { type Score, score } from "../statistics/response.ts";
import { declared, type DeclaredStudy } from "./legacy.ts";
import type {
  Metric,
  Run,
  RunHeader,
  RunState,
  RunSummary,
  Study,
  StudyCase,
} from "./record.ts";
import { PROFILES, type Stage } from "./roles.ts";
import type { RunOutline, RunStore } from "./store.ts";

/**
 * One planned run with what became of it: the one join of plans and runs, for experiments, verdicts
 * and pages alike.
 */
export interface Trial extends StudyCase {
  /** `unscored`: it ended, but what it measured is no usable loss. */
  readonly fate: "scored" | "unscored" | "failed" | "missing";
  /** Null unless scored, and in all trials of a study that mixes data sets. */
  readonly score: Score | null;
  /** How it ended; absent where it is missing. */
  readonly summary?: RunSummary;
  /** Where it comes from; absent where it is missing, and in an experiment that is being run. */
  readonly header?: RunHeader;
}

/** A planned run, and the run itself where it is there. */
export function trialOf(
  plan: StudyCase,
  run?: { readonly summary: RunSummary; readonly header?: RunHeader },
): Trial {
  if (run === undefined) return { ...plan, fate: "missing", score: null };
  const { summary, header } = run;
  const ended = { ...plan, summary, ...header && { header } };
  if (summary.state === "failed") {
    return { ...ended, fate: "failed", score: null };
  }
  const scored = score(summary);
  return { ...ended, fate: scored ? "scored" : "unscored", score: scored };
}

/** The state in which a trial ended; a run whose loss did not fall counts as diverged. */
export function trialState({ score, summary }: Trial): RunState | "missing" {
  return score?.diverged ? "diverged" : summary?.state ?? "missing";
}

/** The loss as it is counted, in nats: what was untrained for a diverged run. Undefined unless scored. */
export function trialLoss({ score }: Trial): number | undefined {
  return score === null ? undefined : Math.exp(score.y);
}

/** A study joined with its runs. */
export interface StudyTable {
  readonly study: DeclaredStudy;
  readonly trials: readonly Trial[];
  /**
   * What its runs were trained on, each data set by digest and size: one, none before the first
   * run. No number can stand on two.
   */
  readonly data: readonly string[];
}

/** Joins a study with the runs there are. */
export function studyTable(study: Study, evidence: Evidence): StudyTable {
  const joined = study.cases.map((plan) => ({
    plan,
    run: evidence.outline(plan.runId),
  }));
  const data = new Set(joined.flatMap(({ run }) => run ? dataOf(run) : []));
  const trials = joined.map(({ plan, run }) => {
    const trial = trialOf(plan, run);
    return data.size > 1 ? { ...trial, score: null } : trial;
  });
  return { study: declared(study), trials, data: [...data] };
}

/**
 * A study with the cases of another of the same name that it does not have: so that what is begun
 * again, or unpacked over, loses no case that is still its plan.
 *
 * @param present What is there; its words stand. Undefined where there is nothing.
 * @returns null if the two were planned differently.
 */
export function mergedStudy(
  present: Study | undefined,
  other: Study,
): Study | null {
  if (present === undefined) return other;
  const plans = [present, other].map(({ plan }) => plan?.hash);
  if (plans[0] !== plans[1]) return null;
  const known = new Set(present.cases.map(caseKey));
  const added = other.cases.filter((it) => !known.has(caseKey(it)));
  return { ...other, ...present, cases: [...present.cases, ...added] };
}

function caseKey({ runId, stage, arm }: StudyCase): string {
  return JSON.stringify([runId, stage, arm]);
}

/** An arm's trials in these stages; none without a study. */
export function trialsOf(
  table: StudyTable | undefined,
  arm: string,
  stages: readonly Stage[],
): readonly Trial[] {
  const wanted: readonly string[] = stages;
  return table?.trials.filter((trial) =>
    trial.arm === arm && wanted.includes(trial.stage)
  ) ?? [];
}

/** Distinct seeds, ascending. */
export function seedsOf(trials: readonly Trial[]): number[] {
  return [...new Set(trials.map(({ seed }) => seed))].sort((a, b) => a - b);
}

function dataOf({ header: { config } }: RunOutline): string {
  return `${config.datasetDigest}, ${config.trainSize} images`;
}

/** What a register is made from. A run store can supply it: see {@link evidenceOf}. */
export interface Evidence {
  /** Of any profiles; a register takes those of one. */
  readonly studies: readonly Study[];
  /** A run without its measurements, or undefined where there is none. */
  outline(id: string): RunOutline | undefined;
  /** A run's measurements in step order; none where it cannot be read. Asked for H6 alone. */
  metrics(id: string): readonly Metric[];
}

/**
 * All that is in a store; its runs are listed once, and not at all where a list is at hand. Their
 * measurements are read when asked for.
 */
export function evidenceOf(
  store: RunStore,
  runs: readonly RunOutline[] = store.list().runs,
  studies: readonly Study[] = store.studies().studies,
): Evidence {
  const byId = new Map(runs.map((run): [string, RunOutline] => [run.id, run]));
  return {
    studies,
    outline: (id) => byId.get(id),
    metrics: (id) => readSound(store, id)?.metrics ?? [],
  };
}

/** The run, if it can be trusted: its file may have changed since it was listed. */
export function readSound(store: RunStore, id: string): Run | undefined {
  try {
    return store.read(id);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The profiles that a register can be made of, weightiest first. A smoke profile claims nothing. */
export function profilesOf(studies: readonly Study[]): string[] {
  const profiles = new Set(studies.map(({ profile }) => profile));
  return [...profiles].filter((profile) => !isSmoke(profile)).sort((a, b) =>
    profileRank(a) - profileRank(b) || (a < b ? -1 : 1)
  );
}

function isSmoke(profile: string): boolean {
  return profile === "smoke" || profile.startsWith("smoke ");
}

/** 0 for the weightiest; a changed profile (`quick --seeds 1`) ranks as its own, an unknown one last. */
export function profileRank(profile: string): number {
  const [name] = profile.split(" ");
  const weight = PROFILES.findIndex((it) => it === name);
  return PROFILES.length - 1 - weight;
}

import type { Study, StudyCase } from "../runs/schema.ts";
import type { RunOutline } from "../runs/store.ts";
import { type Score, score } from "../statistics/score.ts";
import type { Evidence } from "./evidence.ts";
import type { Stage } from "./parts.ts";

/** One planned run with what became of it. */
export interface Trial extends StudyCase {
  /** `unscored`: it ended, but what it measured is no usable loss. */
  readonly fate: "scored" | "unscored" | "failed" | "missing";
  /** Null unless scored, and in all trials of a study that mixes data sets. */
  readonly score: Score | null;
}

export interface StudyTable {
  readonly study: Study;
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
  return { study, trials, data: [...data] };
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

function trialOf(plan: StudyCase, run: RunOutline | undefined): Trial {
  if (run === undefined) return { ...plan, fate: "missing", score: null };
  if (run.summary.state === "failed") {
    return { ...plan, fate: "failed", score: null };
  }
  const scored = score(run.summary);
  return { ...plan, fate: scored ? "scored" : "unscored", score: scored };
}

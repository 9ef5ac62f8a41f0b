import type { ParameterRow, Study } from "../runs/record.ts";
import type { Stage } from "../runs/roles.ts";
import {
  type Evidence,
  seedsOf,
  type StudyTable,
  studyTable,
  trialsOf,
} from "../runs/study.ts";
import type { MarginVerdicts } from "../statistics/findings.ts";
import {
  type Judgement,
  type Label,
  label,
  type Verdict,
} from "../statistics/verdict.ts";
import type { Claim } from "./claims.ts";
import type { VerdictPart, VerdictRow, WorkloadName } from "./register.ts";
import { isIntact, nightOf } from "./plans.ts";
import { isGrowing, withoutDecay } from "./responses.ts";

/** What one workload's runs say about one claim, before its control and other workloads do. */
export type Reading = Omit<VerdictRow, "workload" | "control">;

/** A row that says nothing but its state. */
export function emptyReading(judgement: Judgement): Reading {
  return {
    ...judgement,
    label: null,
    parts: [],
    secondRecords: [],
    holdsTenfold: null,
    predicted: null,
    regret: null,
    alarms: null,
  };
}

/** By the fewest seeds of each block that the verdict rests on. */
export function labelOf(
  claim: Claim,
  studies: WorkloadStudies,
  needs: readonly Need[],
): Label {
  // A look's interval is as wide as its few seeds ask for.
  const isNight = claim.experiments.some((it) => nightOf(studies.table(it)));
  if (isNight) return "published";
  const fewest = (stages: readonly string[]) =>
    Math.min(
      ...needs.filter(({ stage }) => stages.includes(stage)).flatMap(
        ({ experiment, stage, arms }) =>
          arms.map((arm) =>
            seedsOf(trialsOf(studies.table(experiment), arm, [stage])).length
          ),
      ),
    );
  const tune = fewest(["tune", "decay tune"]);
  return claim.seedBlocks.includes("report")
    ? label(tune, fewest(["report"]))
    : label(tune);
}

/** A number that was held against a band: in decades, or of y where it has a comparison. */
export function verdictPart(
  name: string,
  { band, finding, ...judgement }: Verdict,
  words: string,
  comparison: MarginVerdicts | null = null,
): VerdictPart {
  return {
    ...{ name, ...judgement, finding },
    band: { ...band, words },
    unit: comparison ? "y" : "decades",
    comparison,
  };
}

/** What keeps a claim's studies from a verdict, in words. */

/** Runs that a verdict stands on. */
export interface Need {
  readonly experiment: string;
  readonly stage: Stage;
  readonly arms: readonly string[];
  /** Whether a study may do without the stage altogether. */
  readonly optional?: boolean;
}

/** What is missing, or null if nothing is: whole studies first, then what they lack. */
export function shortfall(
  studies: WorkloadStudies,
  needs: readonly Need[],
): string | null {
  const byExperiment = Map.groupBy(needs, ({ experiment }) => experiment);
  const names = [...byExperiment.keys()];
  const absent = names.filter((name) => studies.table(name) === undefined);
  if (absent.length > 0) return `no study of ${absent.join(", ")}`;
  // Whether a night's runs suffice, its looks say; its studies may be of unlike trainings.
  if (names.every((name) => nightOf(studies.table(name)))) {
    const mixed = names.find((name) => studies.table(name)!.data.length > 1);
    if (mixed) return `${mixed}: its runs are of unlike data sets`;
    const changed = names.find((name) =>
      !isIntact(studies.table(name)!.study.plan!)
    );
    return changed
      ? `${changed}: its plan was changed after it was fixed`
      : null;
  }
  const gaps = [...byExperiment].flatMap(([name, ofOne]) => {
    const found = gapsIn(studies.table(name)!, ofOne);
    return found.length > 0 ? `${name}: ${found.join(", ")}` : [];
  });
  if (gaps.length > 0) return gaps.join("; ");
  const data = new Set(names.flatMap((name) => studies.table(name)!.data));
  return data.size > 1
    ? `${names.join(" and ")} were trained on unlike data`
    : null;
}

function gapsIn(table: StudyTable, needs: readonly Need[]): string[] {
  const { length } = table.data;
  if (length > 1) return [`its runs are of ${length} unlike data sets`];
  return needs.flatMap((need) =>
    unplanned(table, need) ?? lost(table, need) ?? growing(table, need) ?? []
  );
}

function unplanned(table: StudyTable, need: Need): string | null {
  const { stage, arms, optional } = need;
  const absent = arms.filter((arm) => needed(table, arm, stage).length === 0);
  if (absent.length === 0 || optional) return null;
  const of = absent.length < arms.length ? ` of ${absent.join(", ")}` : "";
  const other = absent.some((arm) => trialsOf(table, arm, [stage]).length > 0);
  return `no ${stage} runs${of}${other ? " without weight decay" : ""}`;
}

function lost(table: StudyTable, { stage, arms }: Need): string | null {
  const trials = arms.flatMap((arm) => needed(table, arm, stage));
  const counts = (["missing", "failed", "unscored"] as const).flatMap(
    (fate) => {
      const { length } = trials.filter((trial) => trial.fate === fate);
      return length > 0 ? `${length} ${fate}` : [];
    },
  );
  return counts.length === 0
    ? null
    : `${counts.join(", ")} of ${trials.length} ${stage} runs`;
}

function needed(table: StudyTable, arm: string, stage: Stage) {
  const trials = trialsOf(table, arm, [stage]);
  const bare = stage === "tune" || stage === "edge";
  return bare ? withoutDecay(trials) : trials;
}

function growing(table: StudyTable, { stage, arms }: Need): string | null {
  if (stage !== "tune" && stage !== "decay tune") return null;
  const found = arms.filter((arm) => isGrowing(table, arm, stage));
  if (found.length === 0) return null;
  return `the grid of ${found.join(", ")} is still to be extended`;
}

/** The studies of one profile on one data set and network. */
export interface WorkloadStudies {
  readonly workload: WorkloadName;
  readonly evidence: Evidence;
  /** What the network trains; undefined where no study says. */
  readonly parameters: readonly ParameterRow[] | undefined;
  /** The experiment's study, or undefined where there is none. */
  table(experiment: string): StudyTable | undefined;
}

/** All workloads of a profile, by data set and network. */
export function workloadsOf(
  evidence: Evidence,
  profile: string,
): WorkloadStudies[] {
  const studies = evidence.studies.filter((it) => it.profile === profile);
  const byName = Map.groupBy(
    studies,
    ({ dataset, model }) => JSON.stringify([dataset, model]),
  );
  return [...byName.entries()].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, ofOne]) => workloadOf(evidence, ofOne));
}

/**
 * The table of another experiment on the same images; undefined where it was trained on others, as
 * it may be for a data set that is just a folder.
 */
export function tableAlike(
  studies: WorkloadStudies,
  experiment: string,
  like: StudyTable | undefined,
): StudyTable | undefined {
  const table = studies.table(experiment);
  const data = new Set([...table?.data ?? [], ...like?.data ?? []]);
  return data.size > 1 ? undefined : table;
}

function workloadOf(
  evidence: Evidence,
  studies: readonly Study[],
): WorkloadStudies {
  const { dataset, model } = studies[0]!;
  const tables = new Map<string, StudyTable>();
  return {
    workload: { dataset, model },
    evidence,
    parameters: studies.find((it) => it.parameters)?.parameters,
    table(experiment) {
      const study = studies.find((it) => it.experiment === experiment);
      if (study === undefined) return undefined;
      const table = tables.get(experiment) ?? studyTable(study, evidence);
      tables.set(experiment, table);
      return table;
    },
  };
}

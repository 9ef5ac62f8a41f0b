/** Which scores each experiment compares, and what the seeds say. */
import { type Estimate, estimate } from "../data/statistics/estimate.ts";
import type { Score } from "../data/statistics/score.ts";
import { arms } from "../data/verdicts/parts.ts";
import {
  seedsOf,
  type StudyTable,
  type Trial,
  trialsOf,
} from "../data/verdicts/study_table.ts";

/** A comparison that an experiment plans: the candidate's score less the reference's. */
export interface PlannedComparison {
  /** In words, and unlike the experiment's others. */
  readonly name: string;
  readonly candidate: string;
  readonly reference: string;
  readonly stage: "report" | "final";
}

export interface PairedSeed {
  readonly seed: number;
  /** y of the candidate - y of the reference: logarithms of loss. */
  readonly difference: number;
  readonly candidate: Score;
  readonly reference: Score;
}

export interface ScoreComparison extends PlannedComparison {
  /** Seeds that both arms have run, ascending. */
  readonly pairs: readonly PairedSeed[];
  /** Seeds planned for either arm. */
  readonly planned: number;
  /** Over all planned seeds; null while one of them is missing. */
  readonly estimate: Estimate | null;
}

/** The experiment's comparisons, also those that have no pair yet. */
export function comparisonsOf(table: StudyTable): ScoreComparison[] {
  return (planned.get(table.study.experiment) ?? [])
    .map((plan) => compare(table, plan));
}

function compare(
  table: StudyTable,
  plan: PlannedComparison,
): ScoreComparison {
  const of = (arm: string) => trialsOf(table, arm, [plan.stage]);
  const [candidates, references] = [of(plan.candidate), of(plan.reference)];
  const seeds = seedsOf([...candidates, ...references]);
  const pairs = seeds.flatMap((seed): PairedSeed[] => {
    const candidate = scoreAt(candidates, seed);
    const reference = scoreAt(references, seed);
    if (!candidate || !reference) return [];
    const difference = candidate.y - reference.y;
    return [{ seed, difference, candidate, reference }];
  });
  const complete = pairs.length > 0 && pairs.length === seeds.length;
  return {
    ...plan,
    pairs,
    planned: seeds.length,
    estimate: complete
      ? estimate(pairs.map(({ difference }) => difference))
      : null,
  };
}

function scoreAt(trials: readonly Trial[], seed: number): Score | null {
  return trials.find((trial) => trial.seed === seed)?.score ?? null;
}

const listed = {
  candidate: arms.singListed,
  reference: arms.sing,
  stage: "report",
} as const;

const planned: ReadonlyMap<string, readonly PlannedComparison[]> = new Map([
  ["learning_rate", [
    { ...listed, name: "SING, best listed rate against its own" },
  ]],
  ["weight_decay", [
    { ...listed, name: "SING, best listed point against its own" },
  ]],
  ["schedule", [
    {
      name: "cosine against constant",
      candidate: arms.singCosine,
      reference: arms.singConstant,
      stage: "report",
    },
    {
      name: "constant, then cosine against constant",
      candidate: arms.singConstantCosine,
      reference: arms.singConstant,
      stage: "report",
    },
  ]],
  ["layer_norm", [
    {
      name: "SING, norms frozen against learnt",
      candidate: arms.singFrozen,
      reference: arms.sing,
      stage: "report",
    },
    {
      name: "AdamW, norms frozen against learnt",
      candidate: arms.adamwFrozen,
      reference: arms.adamw,
      stage: "report",
    },
    {
      name: "SING, norms exempt against normalized",
      candidate: arms.singExempt,
      reference: arms.sing,
      stage: "report",
    },
  ]],
  ["rule", [
    {
      name: "no decay: by the rule against tuned",
      candidate: arms.singByRule,
      reference: arms.sing,
      stage: "report",
    },
    {
      name: "with decay: by the rule against tuned",
      candidate: arms.singDecayByRule,
      reference: arms.singDecay,
      stage: "report",
    },
  ]],
  ["final", [
    {
      name: "no decay: SING against AdamW",
      candidate: arms.sing,
      reference: arms.adamw,
      stage: "final",
    },
    {
      name: "with decay: SING against AdamW",
      candidate: arms.singDecay,
      reference: arms.adamwDecay,
      stage: "final",
    },
  ]],
]);

/** SING and AdamW on the test split, each at its own best numbers. */
import { type Estimate, estimate } from "../data/statistics/estimate.ts";
import { arms } from "../data/verdicts/parts.ts";
import { type RatePoint, summarize } from "./series.ts";
import { isDone, type Result } from "./workload.ts";

/** One arm of the final comparison. */
export interface FinalArm {
  readonly arm: string;
  readonly weightDecay: number;
  /** At its learning rate: seeds, loss, accuracy. */
  readonly point: RatePoint;
  /** Runs that chose its numbers: planned, and done. */
  readonly tuning: { readonly planned: number; readonly done: number };
}

/** Which arms are compared, and whose runs tuned them in which stages. */
const plans = [
  [arms.sing, arms.sing, ["scout", "tune"]],
  [arms.adamw, arms.adamw, ["scout", "tune"]],
  [arms.singDecay, arms.sing, ["scout", "tune", "decay scout", "decay tune"]],
  [arms.adamwDecay, arms.adamw, ["scout", "tune", "decay scout", "decay tune"]],
] as const;

/** The arms that have final runs planned, SING before AdamW, without decay before with. */
export function finalArms(results: readonly Result[]): FinalArm[] {
  const final = summarize(results.filter(({ plan }) => plan.stage === "final"));
  return plans.flatMap(([arm, tunedArm, stages]) => {
    const series = final.find((one) => one.arm === arm);
    const point = series?.rates[0];
    if (!series || !point) return [];
    const tuning = new Map(
      results.filter(({ plan }) =>
        plan.arm === tunedArm && stages.some((stage) => stage === plan.stage)
      ).map((result) => [result.plan.runId, result]),
    );
    const done = [...tuning.values()].filter(isDone).length;
    return [{
      arm,
      weightDecay: series.weightDecay,
      point,
      tuning: { planned: tuning.size, done },
    }];
  });
}

/** SING's accuracy less AdamW's, by seed, as fractions. */
export interface AccuracyDifference {
  readonly name: string;
  readonly arm: string;
  readonly pairs: readonly { readonly seed: number; readonly value: number }[];
  readonly planned: number;
  /** Null while a planned seed has no pair. */
  readonly estimate: Estimate | null;
}

/** Without decay and with it; runs that diverged have an accuracy too: that of chance. */
export function accuracyDifferences(
  compared: readonly FinalArm[],
): AccuracyDifference[] {
  return [
    ["no decay: SING against AdamW", arms.sing, arms.adamw] as const,
    [
      "with decay: SING against AdamW",
      arms.singDecay,
      arms.adamwDecay,
    ] as const,
  ].flatMap(([name, first, second]) => {
    const [own, other] = [first, second].map((arm) =>
      compared.find((one) => one.arm === arm)?.point
    );
    return own && other ? [difference(name, first, own, other)] : [];
  });
}

function difference(
  name: string,
  arm: string,
  own: RatePoint,
  other: RatePoint,
): AccuracyDifference {
  const [first, second] = [own, other].map(({ results }) =>
    new Map(results.map((result) => [result.plan.seed, accuracyOf(result)]))
  );
  const seeds = [...new Set([...first!.keys(), ...second!.keys()])]
    .sort((a, b) => a - b);
  const pairs = seeds.flatMap((seed) => {
    const [a, b] = [first!.get(seed), second!.get(seed)];
    return a === undefined || b === undefined ? [] : [{ seed, value: a - b }];
  });
  const complete = pairs.length > 0 && pairs.length === seeds.length;
  return {
    name,
    arm,
    pairs,
    planned: seeds.length,
    estimate: complete ? estimate(pairs.map(({ value }) => value)) : null,
  };
}

function accuracyOf(result: Result): number | undefined {
  const accuracy = isDone(result) ? result.run?.summary.finalAccuracy : NaN;
  return Number.isFinite(accuracy) ? accuracy : undefined;
}

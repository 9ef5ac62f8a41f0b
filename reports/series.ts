import { mean, standardDeviation } from "../data/statistics/sample.ts";
import type { Result } from "./workload.ts";

/** All runs of one arm at one learning rate. */
export interface RatePoint {
  readonly learningRate: number;
  readonly results: readonly Result[];
  /** Runs that count: finished or diverged, with a loss. */
  readonly n: number;
  readonly diverged: number;
  /** Geometric mean of the counted losses; absent for none. */
  readonly loss?: number;
  /** Standard deviation of their logarithms, over seeds; absent below two. */
  readonly spread?: number;
  /** Mean and standard deviation of the finished runs' accuracy. */
  readonly accuracy?: number;
  readonly accuracySpread?: number;
}

/** A learning rate that has a mean loss. */
export type BestPoint = RatePoint & { readonly loss: number };

/** One arm at one weight decay, over learning rates in ascending order. */
export interface Series {
  readonly arm: string;
  readonly weightDecay: number;
  /** Whether the arm was also run at other weight decays. */
  readonly oneOfMany: boolean;
  readonly rates: readonly RatePoint[];
  /** Where the mean loss is lowest; absent where nothing counts or every run diverged. */
  readonly best?: BestPoint;
  /** Set where the best is the end of the rates tried: a better one may lie beyond. */
  readonly edge?: "lowest" | "highest";
}

/** Groups results by arm and weight decay, arms in the order of their names. */
export function summarize(results: readonly Result[]): Series[] {
  const arms = Map.groupBy(results, ({ plan }) => plan.arm);
  return [...arms].sort(byKey).flatMap(([arm, ofArm]) => {
    const decays = Map.groupBy(ofArm, ({ plan }) => plan.weightDecay);
    return [...decays].sort(byKey).map(([weightDecay, ofDecay]): Series => {
      const rates = ratePoints(ofDecay);
      const best = lowest(rates);
      const edge = best && edgeOf(rates, best);
      return {
        arm,
        weightDecay,
        oneOfMany: decays.size > 1,
        rates,
        ...best && { best },
        ...edge && { edge },
      };
    });
  });
}

function ratePoints(results: readonly Result[]): RatePoint[] {
  const rates = Map.groupBy(results, ({ plan }) => plan.learningRate);
  return [...rates].sort(byKey).map(([learningRate, atRate]) =>
    ratePoint(learningRate, atRate)
  );
}

function ratePoint(
  learningRate: number,
  results: readonly Result[],
): RatePoint {
  const logs = defined(results.map(({ loss }) => loss)).map(Math.log);
  const accuracies = defined(
    results.filter(({ state }) => state === "finished")
      .map(({ run }) => run?.summary.finalAccuracy),
  ).filter(Number.isFinite);
  return {
    learningRate,
    results,
    n: logs.length,
    diverged: results.filter(({ state }) => state === "diverged").length,
    ...logs.length > 0 && { loss: Math.exp(mean(logs)) },
    ...logs.length > 1 && { spread: standardDeviation(logs) },
    ...accuracies.length > 0 && { accuracy: mean(accuracies) },
    ...accuracies.length > 1 &&
      { accuracySpread: standardDeviation(accuracies) },
  };
}

/** Of equal means the smaller rate; a rate where every run diverged is no optimum. */
function lowest(rates: readonly RatePoint[]): BestPoint | undefined {
  let best: BestPoint | undefined;
  for (const rate of rates) {
    const { loss, diverged, n } = rate;
    if (loss === undefined || diverged === n) continue;
    if (loss < (best?.loss ?? Infinity)) best = { ...rate, loss };
  }
  return best;
}

function edgeOf(
  rates: readonly RatePoint[],
  best: RatePoint,
): "lowest" | "highest" | undefined {
  const tried = rates.filter(({ n }) => n > 0)
    .map(({ learningRate }) => learningRate);
  if (tried.length < 2) return undefined;
  if (best.learningRate === tried[0]) return "lowest";
  return best.learningRate === tried.at(-1) ? "highest" : undefined;
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function byKey<K extends string | number>(
  [a]: readonly [K, unknown],
  [b]: readonly [K, unknown],
): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

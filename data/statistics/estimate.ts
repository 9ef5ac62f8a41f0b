/** The mean of paired differences with its intervals, by the project's procedure. */
import { studentQuantile } from "./distributions.ts";
import { mean, standardDeviation } from "./sample.ts";

/** From low to high; a missing end is an infinity (JSON writes it as null). */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  /** One number a seed. */
  readonly values: readonly number[];
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation; NaN (null in JSON) for one seed. */
  readonly sd: number;
  /** What the intervals are widened by on each side for bias that more seeds do not remove. */
  readonly allowance: number;
  /** mean -+ (t sd / sqrt(n) + allowance), t at 0.95 and at 0.975 with n - 1 degrees of freedom. */
  readonly interval90: Interval;
  readonly interval95: Interval;
}

/** Estimate from at least one value; one value alone has infinite intervals. */
export function estimate(
  values: readonly number[],
  allowance = 0,
): Estimate {
  return {
    values,
    n: values.length,
    mean: mean(values),
    sd: standardDeviation(values),
    allowance,
    interval90: interval(values, 0.95, allowance),
    interval95: interval(values, 0.975, allowance),
  };
}

/** mean -+ (t sd / sqrt(n) + allowance) with t at `level`: the level of each side alone. */
export function interval(
  values: readonly number[],
  level: number,
  allowance = 0,
): Interval {
  const half = margin(values, level) + allowance;
  const middle = mean(values);
  return { low: middle - half, high: middle + half };
}

/** t sd / sqrt(n): infinite for fewer than two values. */
export function margin(values: readonly number[], level: number): number {
  const n = values.length;
  if (n < 2) return Infinity;
  const t = studentQuantile(level, n - 1);
  return t * standardDeviation(values) / Math.sqrt(n);
}

/** Whether the interval holds the value, ends included. */
export function contains({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}

/** The mean of paired differences with its intervals, by the project's procedure. */
import { mean, standardDeviation, studentQuantile } from "./textbook.ts";

/** From low to high; a missing end is an infinity (JSON writes it as null). */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What is looked at: places found with tune seeds, or differences of y over report seeds. */
export type LookKind = "tune" | "report";

/** Which planned look a number was taken at: see looks.ts. */
export interface Look {
  readonly kind: LookKind;
  /** From 1 to 5. */
  readonly number: number;
}

export interface Estimate {
  /** One number a seed. */
  readonly values: readonly number[];
  readonly n: number;
  readonly mean: number;
  /**
   * Sample standard deviation; NaN (null in JSON) for one seed. At a look not less than what is
   * believed of a place.
   */
  readonly sd: number;
  /** What the intervals are widened by on each side for bias that more seeds do not remove. */
  readonly allowance: number;
  /** mean -+ (t sd / sqrt(n) + allowance), t at 0.95 and at 0.975 with n - 1 degrees of freedom. */
  readonly interval90: Interval;
  readonly interval95: Interval;
  /** At a look: the control's interval; and which look its wider intervals are those of. */
  readonly interval99?: Interval;
  readonly look?: Look;
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
  return around(mean(values), margin(values, level) + allowance);
}

/** middle -+ half. */
export function around(middle: number, half: number): Interval {
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

/** What the runs say about one number, before any claim about it is judged. */

export type Finding = Estimated | Limited | Invalid | Missing;

export interface Estimated {
  readonly kind: "estimate";
  readonly estimate: Estimate;
}

/** The number is only known to lie in a range with an open end, or in none at all. */
export interface Limited {
  readonly kind: "range";
  readonly n: number;
  readonly range: Interval;
  /**
   * What the range is due to: the grid of an arm does not enclose its optimum, or a seed did not
   * break within the grid.
   */
  readonly because: "open side" | "no edge";
}

/**
 * The response is flat within its noise; an arm never trained; or, for weight decay, none is surely
 * better than no decay.
 */
export interface Invalid {
  readonly kind: "invalid";
  readonly n: number;
  readonly because: "flat" | "diverged" | "no gain";
}

/** Runs are missing, or there are none. */
export interface Missing {
  readonly kind: "missing";
}

/** A range of values that a claim allows. */

export interface Band extends Interval {
  /** The value at which the seeds needed for a verdict are counted: the middle, or no effect. */
  readonly centre: number;
}

/** From low to high, both included. */
export function between(low: number, high: number): Band {
  return { low, high, centre: (low + high) / 2 };
}

/** Everything under `high`, with 0 the value that the claim has in mind. */
export function under(high: number): Band {
  return { low: -Infinity, high, centre: 0 };
}

/** Whether the band holds the whole interval. */
export function holds(band: Band, { low, high }: Interval): boolean {
  // A band with one end is what the procedure calls "under": its end does not belong to it.
  if (band.low === -Infinity) return high < band.high;
  return band.low <= low && high <= band.high;
}

/** Whether band and interval have no value in common. */
export function disjoint(band: Band, { low, high }: Interval): boolean {
  return high < band.low || low > band.high;
}

/** A range of values that a claim allows. */
import type { Interval } from "./estimate.ts";

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

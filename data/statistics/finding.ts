/** What the runs say about one number, before any claim about it is judged. */
import type { Estimate, Interval } from "./estimate.ts";

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

/** The response is flat within its noise, or an arm never trained. */
export interface Invalid {
  readonly kind: "invalid";
  readonly n: number;
  readonly because: "flat" | "diverged";
}

/** Runs are missing, or there are none. */
export interface Missing {
  readonly kind: "missing";
}

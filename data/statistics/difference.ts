/** Between two places on a logarithmic axis: the finding behind H1, H2 and others. */
import { estimate, margin } from "./estimate.ts";
import type { Finding } from "./finding.ts";
import { locate, type Location } from "./location.ts";
import type { Response } from "./response.ts";
import { mean } from "./sample.ts";

/** Fraction of a cell for the bias of the fit where two curves differ in shape. */
const shapeAllowance = 2 / 5;

/** Fraction of a cell for where in the last step before a cliff the optimum lies. */
const cliffAllowance = 1 / 2;

/**
 * log10 of the first arm's best value minus log10 of the second's, by seed: d. A missing arm is an
 * incomplete table; arms of unlike seeds are missing some, as no pair of theirs can be formed.
 */
export function optimaDifference(
  first: Response | null,
  second: Response | null,
): Finding {
  if (!isComplete(first) || !isComplete(second)) return { kind: "missing" };
  if (first.seeds.join() !== second.seeds.join()) return { kind: "missing" };
  const places = [locate(first), locate(second)] as const;
  const limited = places.some((place) => place.cliffLimited);
  return between(...places, allowance(first.cell, limited));
}

/** log10 of an arm's best value, by seed; an open side leaves what its bound and the allowance do. */
export function optimumOf(arm: Response | null): Finding {
  if (!isComplete(arm)) return { kind: "missing" };
  const place = locate(arm);
  const origin = fixed(place.values.map(() => 0));
  return between(place, origin, allowance(arm.cell, place.cliffLimited));
}

/** A place known for every seed, such as an edge, to be compared with an optimum. */
export function fixed(values: readonly number[]): Location {
  return {
    optima: [],
    values,
    cliffLimited: false,
    open: "none",
    bound: null,
    diverged: false,
  };
}

/**
 * first - second. With one side of one arm open, what its bound and the other arm's mean leave;
 * with two sides of one arm open, or an arm that never trained, no finding.
 */
export function between(
  first: Location,
  second: Location,
  allowance: number,
): Finding {
  const n = first.values.length;
  const arms = [first, second];
  if (arms.some((arm) => arm.diverged)) return invalid(n, "diverged");
  // One seed closes no side and has no interval: INCONCLUSIVE says more than "flat" would.
  if (n < 2 || arms.every((arm) => arm.open === "none")) {
    const values = first.values.map((value, i) => value - second.values[i]!);
    return { kind: "estimate", estimate: estimate(values, allowance) };
  }
  if (arms.some((arm) => arm.open === "both")) return invalid(n, "flat");
  const range = remaining(first, second, allowance);
  return { kind: "range", n, range, because: "open side" };
}

function isComplete(arm: Response | null): arm is Response {
  return arm !== null && arm.positions.some(Number.isFinite);
}

function allowance(cell: number, cliffLimited: boolean): number {
  return cell * (shapeAllowance + (cliffLimited ? cliffAllowance : 0));
}

function invalid(n: number, because: "flat" | "diverged"): Finding {
  return { kind: "invalid", n, because };
}

/** The values of first - second that are left when one arm's optimum is only bounded. */
function remaining(
  first: Location,
  second: Location,
  allowance: number,
): { low: number; high: number } {
  const [open, closed] = first.open === "none"
    ? [second, first]
    : [first, second];
  if (open.bound === null || closed.open !== "none") {
    return { low: -Infinity, high: Infinity };
  }
  const half = margin(closed.values, 0.975) + allowance;
  const sign = open === first ? 1 : -1;
  const limit = sign * (open.bound - mean(closed.values));
  return (open.open === "above") === (open === first)
    ? { low: limit - half, high: Infinity }
    : { low: -Infinity, high: limit + half };
}

/** Between two places on a logarithmic axis: the finding behind H1, H2 and others. */
import {
  between,
  type Estimate,
  estimate,
  type Finding,
  type Interval,
  type Look,
  under,
} from "./estimate.ts";
import { estimateAt } from "./looks.ts";
import { locate, type Location } from "./optimum.ts";
import {
  type ArmScores,
  armScores,
  lowest,
  type Response,
  type Score,
  type SeedScores,
} from "./response.ts";
import { mean, normalQuantile, standardDeviation } from "./textbook.ts";
import { judge, type Verdict } from "./verdict.ts";

/** Fraction of a cell for the bias of the fit where two curves differ in shape. */
const SHAPE_ALLOWANCE = 2 / 5;

/** The same where later seeds run five points only. */
const NIGHT_SHAPE_ALLOWANCE = 9 / 20;

/** Fraction of a cell for where in the last step before a cliff the optimum lies. */
const CLIFF_ALLOWANCE = 1 / 2;

/** Fraction of a cell below which no sd of a place is believed at a look. */
const PLACE_SD_FLOOR = 1 / 4;

/** How an interval is made: the bias it allows for; and at which look, if not once for all. */
interface Precision {
  readonly allowance: number;
  readonly cell: number;
  readonly look?: Look | undefined;
}

/**
 * log10 of the first arm's best value minus log10 of the second's, by seed: d. A missing arm is an
 * incomplete table; arms of unlike seeds are missing some, as no pair of theirs can be formed.
 */
export function optimaDifference(
  first: Response | ArmScores | null,
  second: Response | ArmScores | null,
  look?: Look,
): Finding {
  if (!isComplete(first) || !isComplete(second)) return { kind: "missing" };
  if (seedNumbers(first).join() !== seedNumbers(second).join()) {
    return { kind: "missing" };
  }
  return optimumDifference(locate(first), locate(second), first.cell, look);
}

/** The same of arms that have been located. */
export function optimumDifference(
  first: Location,
  second: Location,
  cell: number,
  look?: Look,
): Finding {
  const limited = first.cliffLimited || second.cliffLimited;
  const allowance = allowanceOf(cell, limited, look);
  return placeDifference(first, second, { allowance, cell, look });
}

/** log10 of an arm's best value, by seed; an open side leaves what its bound and the allowance do. */
export function optimumOf(
  arm: Response | ArmScores | null,
  look?: Look,
  place: Location | null = isComplete(arm) ? locate(arm) : null,
): Finding {
  if (!isComplete(arm) || place === null) return { kind: "missing" };
  const origin = knownPlace(place.values.map(() => 0));
  return optimumDifference(place, origin, arm.cell, look);
}

/** A place known for every seed, such as an edge, to be compared with an optimum. */
export function knownPlace(values: readonly number[]): Location {
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
export function placeDifference(
  first: Location,
  second: Location,
  precision: Precision,
): Finding {
  const n = first.values.length;
  const arms = [first, second];
  if (arms.some((arm) => arm.diverged)) return invalid(n, "diverged");
  // One seed closes no side and has no interval: INCONCLUSIVE says more than "flat" would.
  if (n < 2 || arms.every((arm) => arm.open === "none")) {
    const values = first.values.map((value, i) => value - second.values[i]!);
    return { kind: "estimate", estimate: estimateWith(precision, values) };
  }
  if (arms.some((arm) => arm.open === "both")) return invalid(n, "flat");
  const range = remaining(first, second, precision);
  return { kind: "range", n, range, because: "open side" };
}

function estimateWith(
  { allowance, cell, look }: Precision,
  values: readonly number[],
): Estimate {
  return look
    ? estimateAt(look, values, { allowance, floor: cell * PLACE_SD_FLOOR })
    : estimate(values, allowance);
}

function isComplete<Arm extends Response | ArmScores>(
  arm: Arm | null,
): arm is Arm {
  return arm !== null &&
    armScores(arm).seeds.every((it) => it.positions.some(Number.isFinite));
}

function seedNumbers(arm: Response | ArmScores): number[] {
  return armScores(arm).seeds.map(({ seed }) => seed);
}

function allowanceOf(
  cell: number,
  cliffLimited: boolean,
  look: Look | undefined,
): number {
  const shape = look ? NIGHT_SHAPE_ALLOWANCE : SHAPE_ALLOWANCE;
  return cell * (shape + (cliffLimited ? CLIFF_ALLOWANCE : 0));
}

function invalid(n: number, because: "flat" | "diverged"): Finding {
  return { kind: "invalid", n, because };
}

/** The values of first - second that are left when one arm's optimum is only bounded. */
function remaining(
  first: Location,
  second: Location,
  precision: Precision,
): { low: number; high: number } {
  const [open, closed] = first.open === "none"
    ? [second, first]
    : [first, second];
  if (open.bound === null || closed.open !== "none") {
    return { low: -Infinity, high: Infinity };
  }
  const { interval95, mean: middle } = estimateWith(precision, closed.values);
  const half = interval95.high - middle;
  const sign = open === first ? 1 : -1;
  const limit = sign * (open.bound - middle);
  return (open.open === "above") === (open === first)
    ? { low: limit - half, high: Infinity }
    : { low: -Infinity, high: limit + half };
}

/** H3: how far the best learning rate lies below the one that breaks, by the project's procedure. */

/** "The highest value possible before exploding" (H3): within half a decade below the edge. */
export const NEAR_EDGE = under(0.5);

/** Fraction of a cell for the bias of the fit and for where between two points the edge lies. */
const EDGE_ALLOWANCE = 9 / 10;

/**
 * h = log10 of the edge of breaking minus log10 of the best learning rate, by seed. Give the grid
 * as grown upward in search of the edges. A seed without edge takes the last point, which leaves
 * only a lower bound of h.
 */
export function edgeDistance(
  arm: Response | ArmScores | null,
  look?: Look,
): Finding {
  if (arm === null) return { kind: "missing" };
  const edges = edgesOf(arm);
  const tops = armScores(arm).seeds.map((it) => it.positions.at(-1)!);
  const places = edges.map((edge, i) => (edge ?? tops[i]!) * arm.cell);
  const { cell } = arm;
  const finding = placeDifference(
    knownPlace(places),
    locate(arm),
    { allowance: EDGE_ALLOWANCE * cell, cell, look },
  );
  return edges.every((edge) => edge !== null) ? finding : fromBelow(finding);
}

/** What is left of a finding if an edge may lie higher than was taken. */
function fromBelow(finding: Finding): Finding {
  if (finding.kind === "range") {
    return { ...finding, range: { low: finding.range.low, high: Infinity } };
  }
  if (finding.kind !== "estimate") return finding;
  const { n, interval95: { low } } = finding.estimate;
  return {
    kind: "range",
    n,
    range: { low, high: Infinity },
    because: "no edge",
  };
}

/**
 * For each seed the middle, in cells, of its first broken point and the point below; null if none
 * breaks. Sought upward from the seed's best point: a rate too small to learn is not an explosion.
 */
export function edgesOf(arm: Response | ArmScores): (number | null)[] {
  const limit = lowestMean(arm);
  return armScores(arm).seeds.map((it) => edgeOf(it, limit));
}

/** The edge of one seed, given the lowest seed mean of its arm. */
export function edgeOf(
  { positions, scores }: Pick<SeedScores, "positions" | "scores">,
  limit: number,
): number | null {
  const from = lowest(scores.map((score) => score.y));
  const index = scores.findIndex((it, i) => i >= from && isBroken(it, limit));
  if (index < 0) return null;
  const position = positions[index]!;
  return (position + (positions[index - 1] ?? position - 1)) / 2;
}

/** The lowest mean y over all seeds, of the points that all of them have. */
export function lowestMean(arm: Response | ArmScores): number {
  const { seeds } = armScores(arm);
  const rows = seeds.map(({ positions, scores }) =>
    new Map(positions.map((at, i) => [at, scores[i]!.y]))
  );
  const shared = [...rows[0]?.keys() ?? []].filter((at) =>
    rows.every((row) => row.has(at))
  );
  return Math.min(...shared.map((at) => mean(rows.map((row) => row.get(at)!))));
}

/** Diverged, or at least half way back from the arm's lowest seed mean to the untrained score. */
export function isBroken(score: Score, lowestMean: number): boolean {
  return score.diverged || score.y >= (score.y0 + lowestMean) / 2;
}

/** Seeds of an arm that broke at one learning rate. */
export interface BrokenRate {
  /** In cells. */
  readonly position: number;
  readonly broken: number;
  readonly n: number;
  /** Wilson's 95% interval of the share. */
  readonly interval: Interval;
}

/** H4: whether a list of values to search holds what is needed, by the project's procedure. */

/**
 * SUPPORTED if the 90% interval of the arm's best value lies between the smallest and the largest
 * of the list. The other half of H4, the loss at the best listed value, is `notWorse`.
 */
export function insideRange(
  arm: Response | ArmScores | null,
  list: readonly number[],
  look?: Look,
  place?: Location,
): Verdict {
  const places = list.map((value) => Math.log10(value));
  const range = between(Math.min(...places), Math.max(...places));
  return judge(optimumOf(arm, look, place), range);
}

/**
 * Index of the listed point with the lowest mean y over its tune seeds; null if there is none, or
 * one was not run.
 */
export function bestListed(
  points: readonly (readonly Score[])[],
): number | null {
  if (points.length === 0 || points.some((it) => it.length === 0)) return null;
  return lowest(points.map((scores) => mean(scores.map((score) => score.y))));
}

/** Whether one way of training is worse than another, by the project's procedure. */

/** Rises of y that do not count as worse: under 2% of the loss, the procedure's margin. */
export const MARGIN = 0.02;
export const NOT_WORSE = under(MARGIN);

/** Judged beside it, to show how much hangs on the margin: a stricter and a looser one. */
export const MARGINS_BESIDE = [0.01, 0.05] as const;
const STRICTER = under(MARGINS_BESIDE[0]);
const LOOSER = under(MARGINS_BESIDE[1]);

export interface MarginVerdicts {
  /** "Not worse" at the margin that counts. */
  readonly verdict: Verdict;
  /** The same at 0.01 and at 0.05. */
  readonly stricter: Verdict;
  readonly looser: Verdict;
  /** Mean difference in sds of the reference's seeds; decides nothing. Null without one. */
  readonly inSeedSds: number | null;
}

/**
 * g = y of the candidate - y of the reference over the report seeds, in the same order; null
 * where a run is missing. SUPPORTED is "not worse".
 */
export function notWorse(
  candidate: readonly (Score | null)[],
  reference: readonly (Score | null)[],
  look?: Look,
): MarginVerdicts {
  const finding = scoreDifference(candidate, reference, look);
  return {
    verdict: judge(finding, NOT_WORSE),
    stricter: judge(finding, STRICTER),
    looser: judge(finding, LOOSER),
    inSeedSds: finding.kind === "estimate"
      ? inSds(finding.estimate.mean, reference)
      : null,
  };
}

/** g by seed, with no allowance: the runs measure it directly. */
export function scoreDifference(
  candidate: readonly (Score | null)[],
  reference: readonly (Score | null)[],
  look?: Look,
): Finding {
  if (candidate.length === 0 || candidate.length !== reference.length) {
    return { kind: "missing" };
  }
  const values: number[] = [];
  for (const [i, score] of candidate.entries()) {
    const other = reference[i] ?? null;
    if (score === null || other === null) return { kind: "missing" };
    values.push(score.y - other.y);
  }
  const measured = look
    ? estimateAt(look, values, { allowance: 0, floor: 0 })
    : estimate(values);
  return { kind: "estimate", estimate: measured };
}

function inSds(
  difference: number,
  reference: readonly (Score | null)[],
): number | null {
  const sd = standardDeviation(reference.map((score) => score?.y ?? NaN));
  return sd > 0 ? difference / sd : null;
}

/**
 * Wilson's score interval of a proportion (Wilson 1927), two-sided, for `count` of `n` runs. It
 * stays within [0, 1] and has a width at 0 and at n. Without runs: [0, 1].
 */
export function wilson(count: number, n: number, level = 0.95): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile((1 + level) / 2);
  const share = count / n;
  const scale = 1 / (1 + z * z / n);
  const middle = scale * (share + z * z / (2 * n));
  const half = scale * z *
    Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // At the ends rounding would leave something like 1e-17.
  return {
    low: count === 0 ? 0 : middle - half,
    high: count === n ? 1 : middle + half,
  };
}

/** H3: how far the best learning rate lies below the one that breaks, by the project's procedure. */
import { under } from "./band.ts";
import { between, fixed } from "./difference.ts";
import { type Interval, interval } from "./estimate.ts";
import type { Finding } from "./finding.ts";
import { locate } from "./location.ts";
import { lowest, type Response, seedMeans } from "./response.ts";
import type { Score } from "./score.ts";
import { wilson } from "./wilson.ts";

/** "The highest value possible before exploding": within half a decade below the edge. */
export const nearEdge = under(0.5);

/** Fraction of a cell for the bias of the fit and for where between two points the edge lies. */
const edgeAllowance = 9 / 10;

/**
 * h = log10 of the edge of breaking minus log10 of the best learning rate, by seed. Give the grid
 * as grown upward in search of the edges. A seed without edge takes the last point, which leaves
 * only a lower bound of h.
 */
export function edgeDistance(arm: Response | null): Finding {
  if (arm === null) return { kind: "missing" };
  const edges = edgesOf(arm);
  const top = arm.positions[arm.positions.length - 1]!;
  const places = edges.map((edge) => (edge ?? top) * arm.cell);
  const finding = between(
    fixed(places),
    locate(arm),
    edgeAllowance * arm.cell,
  );
  return edges.every((edge) => edge !== null) ? finding : fromBelow(finding);
}

/** What is left of a finding if an edge may lie higher than was taken. */
function fromBelow(finding: Finding): Finding {
  if (finding.kind === "range") {
    return { ...finding, range: { low: finding.range.low, high: Infinity } };
  }
  if (finding.kind !== "estimate") return finding;
  const { values, n, allowance } = finding.estimate;
  const { low } = interval(values, 0.975, allowance);
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
export function edgesOf(arm: Response): (number | null)[] {
  const limit = Math.min(...seedMeans(arm));
  return arm.scores.map((row) => {
    const from = lowest(row.map((score) => score.y));
    const index = row.findIndex((it, i) => i >= from && isBroken(it, limit));
    if (index < 0) return null;
    const position = arm.positions[index]!;
    return (position + (arm.positions[index - 1] ?? position - 1)) / 2;
  });
}

/** Diverged, or at least half way back from the arm's lowest seed mean to the untrained score. */
export function isBroken(score: Score, lowestMean: number): boolean {
  return score.diverged || score.y >= (score.y0 + lowestMean) / 2;
}

export interface BrokenRate {
  /** In cells. */
  readonly position: number;
  readonly broken: number;
  readonly n: number;
  /** Wilson's 95% interval of the share. */
  readonly interval: Interval;
}

/** Share of seeds that broke at each position. */
export function brokenRates(arm: Response): BrokenRate[] {
  const limit = Math.min(...seedMeans(arm));
  return arm.positions.map((position, point) => {
    const n = arm.seeds.length;
    const scores = arm.scores.map((row) => row[point]!);
    const broken = scores.filter((it) => isBroken(it, limit)).length;
    return { position, broken, n, interval: wilson(broken, n) };
  });
}

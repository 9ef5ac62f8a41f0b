/** Where one seed does best, by the project's procedure. */
import { smooth, stepsPerCell } from "./gaussian_process.ts";
import { lowest } from "./response.ts";
import type { Score } from "./score.ts";

export interface Optimum {
  /** In cells. */
  readonly position: number;
  /** Score of the fitted curve at its lowest step. */
  readonly y: number;
  /** The curve falls until a cliff: the optimum was put half a cell beyond the last point kept. */
  readonly cliffLimited: boolean;
  /** The fitted curve: its first position, its last, and y at each step between. */
  readonly from: number;
  readonly to: number;
  readonly fit: Float64Array;
}

/** Rise in y over a seed's best that ends the curve. */
const cliff = 0.5;

/**
 * The lowest step of the fit to one seed's scores. The first point above the seed's best one that
 * diverged or lies more than `cliff` above it ends the curve, and if the fit still falls at the
 * last point kept the optimum is half a cell further. Weight decay 0 has no place on a logarithmic
 * axis and takes no part. Null if there is no other point.
 */
export function optimum(
  positions: readonly number[],
  scores: readonly Score[],
): Optimum | null {
  const first = positions.findIndex(Number.isFinite);
  if (first < 0) return null;
  const end = cliffAfter(scores, first);
  const places = positions.slice(first, end);
  const fit = smooth(places, scores.slice(first, end).map((it) => it.y));
  const best = lowest(fit);
  const from = places[0]!;
  const to = places[places.length - 1]!;
  const cliffLimited = best === fit.length - 1 && end < positions.length;
  const position = best === fit.length - 1 ? to : from + best / stepsPerCell;
  return {
    position: cliffLimited ? position + 0.5 : position,
    y: fit[best]!,
    cliffLimited,
    from,
    to,
    fit,
  };
}

/** Index of the first point beyond the cliff, or the number of points. */
function cliffAfter(scores: readonly Score[], first: number): number {
  const best = first + lowest(scores.slice(first).map((it) => it.y));
  const limit = scores[best]!.y + cliff;
  for (let i = best + 1; i < scores.length; i++) {
    if (scores[i]!.diverged || scores[i]!.y > limit) return i;
  }
  return scores.length;
}

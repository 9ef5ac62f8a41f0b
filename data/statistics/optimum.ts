/** Where one seed does best, by the project's procedure. */
import { margin } from "./estimate.ts";
import {
  type ArmScores,
  armScores,
  lowest,
  type Response,
  type Score,
  type SeedScores,
} from "./response.ts";
import { mean } from "./textbook.ts";

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

/** Rise in y over the best that is a cliff: a curve ends there, and a window takes no more points. */
export const CLIFF_RISE = 0.5;

/**
 * The lowest step of the fit to one seed's scores. The first point above the seed's best one that
 * diverged or lies more than `CLIFF_RISE` above it ends the curve, and if the fit still falls at the
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
  const position = best === fit.length - 1 ? to : from + best / STEPS_PER_CELL;
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
  const limit = scores[best]!.y + CLIFF_RISE;
  for (let i = best + 1; i < scores.length; i++) {
    if (scores[i]!.diverged || scores[i]!.y > limit) return i;
  }
  return scores.length;
}

/**
 * The smooth curve through one seed's scores: the mean of a Gaussian process with settings fixed
 * beforehand. They are the procedure's: Matern 5/2 covariance of variance 0.36 and length 4 cells,
 * noise of variance 0.000625 (an sd of 0.025 in y).
 */

/** Points of the fitted curve in a cell. */
export const STEPS_PER_CELL = 25;

/** Of y, in cells, and of y again. */
const FIT_VARIANCE = 0.36;
const FIT_LENGTH = 4;
const FIT_NOISE = 0.000625;

const smoothers = new Map<string, Float64Array>();

/**
 * Values of the curve from the first position to the last, `STEPS_PER_CELL` to a cell, both ends
 * included. Positions are in cells and ascend by at least a step.
 */
export function smooth(
  positions: readonly number[],
  values: readonly number[],
): Float64Array {
  const weights = smootherAt(positions);
  const size = values.length;
  const steps = weights.length / size;
  let centre = 0;
  for (const value of values) centre += value / size;
  const fit = new Float64Array(steps);
  for (let step = 0, w = 0; step < steps; step++) {
    let sum = centre;
    for (let i = 0; i < size; i++) sum += weights[w++]! * (values[i]! - centre);
    fit[step] = sum;
  }
  return fit;
}

/**
 * [step, position]: c(u)' (C + noise)^-1. The weights depend on where the points lie and not on
 * their values, so seeds and runs on the same grid share them.
 */
function smootherAt(positions: readonly number[]): Float64Array {
  const start = positions[0]!;
  const places = positions.map((position) => position - start);
  const key = places.join();
  const weights = smoothers.get(key) ?? weigh(places);
  smoothers.set(key, weights);
  return weights;
}

function weigh(places: readonly number[]): Float64Array {
  const size = places.length;
  const factor = cholesky(
    places.map((a, i) =>
      places.map((b, j) => covariance(a - b) + (i === j ? FIT_NOISE : 0))
    ),
  );
  const steps = Math.floor(places[size - 1]! * STEPS_PER_CELL + 1e-6) + 1;
  const weights = new Float64Array(steps * size);
  for (let step = 0; step < steps; step++) {
    const towards = places.map((at) => covariance(step / STEPS_PER_CELL - at));
    weights.set(solve(factor, towards), step * size);
  }
  return weights;
}

function covariance(distance: number): number {
  const q = Math.sqrt(5) * Math.abs(distance) / FIT_LENGTH;
  return FIT_VARIANCE * (1 + q + q * q / 3) * Math.exp(-q);
}

/** Lower triangle L of a symmetric positive definite matrix L L'. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = [];
  for (const [i, source] of matrix.entries()) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : factor[j]!;
      let sum = source[j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      row.push(j === i ? Math.sqrt(sum) : sum / other[j]!);
    }
    factor.push(row);
  }
  return factor;
}

/** x of L L' x = b. */
function solve(factor: readonly number[][], b: readonly number[]): number[] {
  const x = [...b];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i]![k]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= factor[k]![i]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}

/** Where an arm does best and whether its grid encloses that place, by the project's procedure. */

/** `none` if the grid encloses the best place; else the side, or sides, that may hold a better one. */
export type OpenSide = "none" | "below" | "above" | "both";

export interface Location {
  /** A seed each; empty if the arm has no point on the logarithmic axis. */
  readonly optima: readonly Optimum[];
  /** The optima's places as decimal logarithms of the learning rate or weight decay. */
  readonly values: readonly number[];
  /** Whether at least 40% of the seeds are limited by the cliff. */
  readonly cliffLimited: boolean;
  readonly open: OpenSide;
  /**
   * With one side open, decimal logarithm of the nearest point on the other side that is surely
   * worse than the best: the optimum lies on the open side of it. Null if there is none.
   */
  readonly bound: number | null;
  /** Every point of every seed diverged. */
  readonly diverged: boolean;
}

export function locate(arm: Response | ArmScores): Location {
  const { cell, seeds } = armScores(arm);
  const optima = seeds.flatMap((it) => optimum(it.positions, it.scores) ?? []);
  const points = pointsOf(seeds);
  const open = openSide(points);
  return {
    optima,
    values: optima.map((it) => it.position * cell),
    // In whole numbers: 0.4 has no exact binary value.
    cliffLimited: 5 * optima.filter((it) => it.cliffLimited).length >=
      2 * seeds.length,
    open,
    bound: bound(points, open, cell),
    diverged: seeds.every((it) => it.scores.every((score) => score.diverged)),
  };
}

/** A place on the axis, how it compares with the best one. */
interface Point {
  readonly position: number;
  /** Its y less the y of the best point, for every seed that has both. */
  readonly rises: readonly number[];
}

interface Points {
  /** The lowest seed mean among the points that all seeds have. */
  readonly best: number;
  /** In ascending order. */
  readonly all: readonly Point[];
}

function pointsOf(seeds: readonly SeedScores[]): Points {
  const rows = seeds.map(({ positions, scores }) =>
    new Map(positions.map((at, i) => [at, scores[i]!.y]))
  );
  const positions = [...new Set(seeds.flatMap((it) => it.positions))]
    .sort((a, b) => a - b);
  const shared = positions.filter((at) => rows.every((row) => row.has(at)));
  const best = shared[
    lowest(shared.map((at) => mean(rows.map((row) => row.get(at)!))))
  ]!;
  const all = positions.map((position) => ({
    position,
    rises: rows.filter((row) => row.has(position)).map((row) =>
      row.get(position)! - row.get(best)!
    ),
  }));
  return { best, all };
}

/**
 * A side is closed by a point on it that exceeds the lowest seed mean in the paired mean over
 * the seeds that have it, with a one-sided 95% t bound above 0. Weight decay 0 can close the lower
 * side.
 */
function openSide({ best, all }: Points): OpenSide {
  const worse = all.filter((point) => isSurelyWorse(point, 0.95));
  const below = !worse.some(({ position }) => position < best);
  const above = !worse.some(({ position }) => position > best);
  if (below && above) return "both";
  return below ? "below" : above ? "above" : "none";
}

function bound(
  { best, all }: Points,
  open: OpenSide,
  cell: number,
): number | null {
  if (open !== "below" && open !== "above") return null;
  const closed = all.filter((point) =>
    isSurelyWorse(point, 0.975) &&
    (open === "below" ? point.position > best : point.position < best)
  );
  const nearest = open === "below" ? closed[0] : closed.at(-1);
  const position = nearest?.position ?? -Infinity;
  return Number.isFinite(position) ? position * cell : null;
}

function isSurelyWorse({ rises }: Point, level: number): boolean {
  return mean(rises) - margin(rises, level) > 0;
}

/** H2: the response to weight decay at the learning rates around the best one. */

/** Learning rates run at each weight decay: those nearest the best one. */
export const LEARNING_RATES_PER_DECAY = 5;

/**
 * The response to weight decay: each seed's y at a weight decay is the lowest value of the curve
 * fitted over the learning rates run there. It counts as diverged if it was so at all of them.
 * Each slice holds the learning rates at one weight decay, whose position in cells of
 * `WEIGHT_DECAY_CELL` is `position`; all slices hold the same seeds. Null if they do not.
 */
export function overLearningRates(
  slices: readonly { position: number; response: Response | null }[],
  cell: number,
): Response | null {
  const sorted = [...slices].sort((a, b) => a.position - b.position);
  const seeds = sorted[0]?.response?.seeds;
  if (seeds === undefined) return null;
  const columns: Score[][] = [];
  for (const { response } of sorted) {
    if (response?.seeds.join() !== seeds.join()) return null;
    columns.push(response.scores.map((row) => best(response.positions, row)));
  }
  return {
    cell,
    positions: sorted.map((slice) => slice.position),
    seeds,
    scores: seeds.map((_, seed) => columns.map((column) => column[seed]!)),
  };
}

function best(positions: readonly number[], row: readonly Score[]): Score {
  const y0 = row[0]!.y0;
  const y = Math.min(optimum(positions, row)!.y, y0);
  return { y, y0, diverged: row.every((score) => score.diverged) };
}

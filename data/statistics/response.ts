/** How one arm of a study responds to its learning rate or weight decay, seed by seed. */
import { mean } from "./textbook.ts";

export interface Response {
  /** Decades between neighbouring whole positions. */
  readonly cell: number;
  /** In cells, ascending; weight decay 0 is at minus infinity. */
  readonly positions: readonly number[];
  /** Ascending; the arms of a comparison have the same ones. */
  readonly seeds: readonly number[];
  /** [seed][position] */
  readonly scores: readonly (readonly Score[])[];
}

/** One arm where seeds may have unlike points; a response is the case where all have the same. */
export interface ArmScores {
  /** Decades between neighbouring whole positions. */
  readonly cell: number;
  /** In ascending order of their seeds. */
  readonly seeds: readonly SeedScores[];
}

export interface SeedScores {
  readonly seed: number;
  /** In cells, ascending. */
  readonly positions: readonly number[];
  readonly scores: readonly Score[];
}

/** A response, seed by seed. */
export function armScores(arm: Response | ArmScores): ArmScores {
  if (!("scores" in arm)) return arm;
  const { cell, positions, seeds, scores } = arm;
  return {
    cell,
    seeds: seeds.map((seed, i) => ({ seed, positions, scores: scores[i]! })),
  };
}

/** The arm with its seeds under the names of another's, by their order. */
export function pairedWith(other: ArmScores, arm: ArmScores): ArmScores {
  const seeds = arm.seeds.map((own, i) => ({
    ...own,
    seed: other.seeds[i]?.seed ?? own.seed,
  }));
  return { ...arm, seeds };
}

/** One run's place and score; null if it was never run or could not be scored. */
export interface PlacedScore {
  /** In cells. */
  readonly position: number;
  readonly seed: number;
  readonly score: Score | null;
}

/**
 * Runs in any order as a table over all their positions and seeds; null if there are none or one
 * of the table's places is empty. A later outcome for the same place replaces an earlier one.
 */
export function tabulate(
  outcomes: readonly PlacedScore[],
  cell: number,
): Response | null {
  const positions = ascending(outcomes.map((outcome) => outcome.position));
  const seeds = ascending(outcomes.map((outcome) => outcome.seed));
  const byPlace = new Map(
    outcomes.map((it) => [`${it.seed} ${it.position}`, it.score]),
  );
  const scores: Score[][] = [];
  for (const seed of seeds) {
    const row = positions.map((at) => byPlace.get(`${seed} ${at}`) ?? null);
    if (!row.every((score) => score !== null)) return null;
    scores.push(row);
  }
  return seeds.length === 0 ? null : { cell, positions, seeds, scores };
}

/** Mean y over the seeds at each position. */
export function seedMeans(response: Response): number[] {
  return response.positions.map((_, point) =>
    mean(response.scores.map((row) => row[point]!.y))
  );
}

/** The response without weight decay 0, which has no place on a logarithmic axis. */
export function withoutZero(response: Response): Response {
  const kept = <T>(row: readonly T[]) =>
    row.filter((_, i) => Number.isFinite(response.positions[i]));
  return {
    ...response,
    positions: kept(response.positions),
    scores: response.scores.map(kept),
  };
}

/** Index of the lowest value, the first of equal ones: ties go to the smaller rate or decay. */
export function lowest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! < values[best]!) best = i;
  }
  return best;
}

/** Each value once, in ascending order. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** One run in one number, by the project's procedure. */

/** What a finished run leaves; a loss that was never reached may be missing. */
export interface Losses {
  /** Mean cross-entropy in nats on the whole split, before the first step and after the last. */
  readonly initialLoss?: number;
  readonly finalLoss?: number;
  /** Training loss of step 1, and the mean over the last tenth of the steps. */
  readonly firstTrainLoss?: number;
  readonly lastTrainLoss?: number;
}

export interface Score {
  /** Natural logarithm of the loss after the last step, never above `y0`. */
  readonly y: number;
  /** Natural logarithm of the loss before the first step. */
  readonly y0: number;
  readonly diverged: boolean;
}

/** The mean of cross-entropies in single precision, which has 24 bits, is not told from 0 below this. */
const SMALLEST_LOSS = 2 ** -23;

/**
 * y = ln(final loss). A run diverged if one of its losses is not a finite number, or if the last
 * tenth of its training was no better than its first step; it scores y0, what it had untrained.
 * Null if the run has no usable loss from before training: nothing then says what diverging costs.
 */
export function score(losses: Losses): Score | null {
  const initial = losses.initialLoss ?? NaN;
  if (!Number.isFinite(initial) || initial <= 0) return null;
  const y0 = Math.log(initial);
  const diverged = hasDiverged(losses);
  const final = Math.max(losses.finalLoss ?? NaN, SMALLEST_LOSS);
  return { y: diverged ? y0 : Math.min(Math.log(final), y0), y0, diverged };
}

function hasDiverged(losses: Losses): boolean {
  const { finalLoss, firstTrainLoss, lastTrainLoss } = losses;
  const all = [finalLoss, firstTrainLoss, lastTrainLoss];
  return !all.every(Number.isFinite) || lastTrainLoss! >= firstTrainLoss!;
}

/**
 * Places on the grids: a learning rate or a weight decay is 10^(position * cell). A grid's points
 * have whole positions; an optimum, or a value taken from a list, may lie between.
 */

/** Decades between neighbouring learning rates. */
export const LEARNING_RATE_CELL = 0.25;

/** Decades between neighbouring weight decays. */
export const WEIGHT_DECAY_CELL = 0.5;

/** Position in cells of a value from 0 on, rounded to 1e-9; 0 lies at minus infinity. */
export function positionOf(value: number, cell: number): number {
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(
      `Cannot place a value on a grid as it must be a number from 0 on: current value is ${value}`,
    );
  }
  return Math.round(Math.log10(value) / cell * 1e9) / 1e9;
}

/** The value at a position; 0 at minus infinity. */
export function valueAt(position: number, cell: number): number {
  return 10 ** (position * cell);
}

/** The same cut to 12 digits, so that a configuration reads well; it is the one that is run. */
export function roundedValueAt(position: number, cell: number): number {
  return Number(valueAt(position, cell).toPrecision(12));
}

/**
 * Which points of a grid to run, by the project's procedure. Positions are whole cells; weight
 * decay 0 is run beside the grid and takes no part here.
 */

/** Points on each side of the scout's best: the procedure's nine. */
const CENTRE_REACH = 4;

/** Fewest points on each side of the best, and how many are added where there are fewer: the procedure's. */
const LEAST_ROOM = 2;

/** How often a grid may be extended. */
export const MAX_EXTENSIONS = 2;

/** Decades above the mean optimum where the search for the edge of breaking gives up: the procedure's. */
const GROWTH_DECADES = 2;

/** The 9 points centred on the scout's lowest mean (of equal ones the smallest). */
export function centre(scout: Response): number[] {
  const grid = withoutZero(scout);
  const best = grid.positions[lowest(seedMeans(grid))]!;
  return Array.from(
    { length: 2 * CENTRE_REACH + 1 },
    (_, i) => best - CENTRE_REACH + i,
  );
}

/**
 * Points to run in addition, ascending, for all seeds of each arm in the order given. Where an
 * arm's lowest mean has fewer than 2 points on a side, 2 points beyond that end; and, so that
 * budgets stay equal, 2 for every other arm on the side nearer its own best. Null when no arm needs
 * any. Apply at most `MAX_EXTENSIONS` times.
 */
export function extension(
  arms: readonly Response[],
): readonly (readonly number[])[] | null {
  const grids = arms.map(withoutZero);
  const short = grids.map(shortSide);
  if (short.every((side) => side === null)) return null;
  return grids.map((arm, i) => beyond(arm, short[i] ?? nearerSide(arm)));
}

/**
 * The next point up in the search for the edge of breaking, for all seeds; null once every seed
 * has an edge or the grid reaches 2 decades above the arm's mean optimum.
 */
export function growth(
  arm: Response,
  edges: readonly (number | null)[],
  optima: readonly number[],
): number | null {
  const top = arm.positions[arm.positions.length - 1]!;
  const enough = mean(optima) + GROWTH_DECADES / arm.cell;
  return edges.every((edge) => edge !== null) || top >= enough ? null : top + 1;
}

/** The `count` grid positions nearest to a place, ascending; of equally near ones the smaller. */
export function nearest(place: number, count: number): number[] {
  const start = Math.ceil(place - count / 2);
  return Array.from({ length: count }, (_, i) => start + i);
}

type Side = "below" | "above";

function shortSide(arm: Response): Side | null {
  const { below, above } = room(arm);
  if (below < LEAST_ROOM) return "below";
  return above < LEAST_ROOM ? "above" : null;
}

function nearerSide(arm: Response): Side {
  const { below, above } = room(arm);
  return below <= above ? "below" : "above";
}

/** Number of points on each side of the lowest mean. */
function room(arm: Response): { below: number; above: number } {
  const best = lowest(seedMeans(arm));
  return { below: best, above: arm.positions.length - 1 - best };
}

function beyond(arm: Response, side: Side): number[] {
  if (side === "above") {
    const top = arm.positions[arm.positions.length - 1]!;
    return Array.from({ length: LEAST_ROOM }, (_, i) => top + 1 + i);
  }
  const bottom = arm.positions[0]!;
  return Array.from({ length: LEAST_ROOM }, (_, i) => bottom - LEAST_ROOM + i);
}

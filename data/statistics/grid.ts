/**
 * Which points of a grid to run, by the project's procedure. Positions are whole cells; weight
 * decay 0 is run beside the grid and takes no part here.
 */
import { lowest, type Response, seedMeans, withoutZero } from "./response.ts";
import { mean } from "./sample.ts";

/** Points on each side of the scout's best. */
const reach = 4;

/** Fewest points on each side of the best, and how many are added where there are fewer. */
const needed = 2;

/** How often a grid may be extended. */
export const maxExtensions = 2;

/** Decades above the mean optimum where the search for the edge of breaking gives up. */
const growthLimit = 2;

/** The 9 points centred on the scout's lowest mean (of equal ones the smallest). */
export function centre(scout: Response): number[] {
  const grid = withoutZero(scout);
  const best = grid.positions[lowest(seedMeans(grid))]!;
  return Array.from({ length: 2 * reach + 1 }, (_, i) => best - reach + i);
}

/**
 * Points to run in addition, ascending, for all seeds of each arm in the order given. Where an
 * arm's lowest mean has fewer than 2 points on a side, 2 points beyond that end; and, so that
 * budgets stay equal, 2 for every other arm on the side nearer its own best. Null when no arm needs
 * any. Apply at most `maxExtensions` times.
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
  const enough = mean(optima) + growthLimit / arm.cell;
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
  if (below < needed) return "below";
  return above < needed ? "above" : null;
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
    return Array.from({ length: needed }, (_, i) => top + 1 + i);
  }
  const bottom = arm.positions[0]!;
  return Array.from({ length: needed }, (_, i) => bottom - needed + i);
}

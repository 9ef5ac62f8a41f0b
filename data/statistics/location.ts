/** Where an arm does best and whether its grid encloses that place, by the project's procedure. */
import { margin } from "./estimate.ts";
import { type Optimum, optimum } from "./optimum.ts";
import { lowest, type Response, seedMeans } from "./response.ts";
import { mean } from "./sample.ts";

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

export function locate(arm: Response): Location {
  const optima = arm.scores.flatMap((row) => optimum(arm.positions, row) ?? []);
  const open = openSide(arm);
  return {
    optima,
    values: optima.map((it) => it.position * arm.cell),
    // In whole numbers: 0.4 has no exact binary value.
    cliffLimited: 5 * optima.filter((it) => it.cliffLimited).length >=
      2 * arm.scores.length,
    open,
    bound: bound(arm, open),
    diverged: arm.scores.every((row) => row.every((it) => it.diverged)),
  };
}

/**
 * A side is closed by a point on it that exceeds the lowest seed mean in the paired mean over
 * seeds, with a one-sided 95% t bound above 0. Weight decay 0 can close the lower side.
 */
function openSide(arm: Response): OpenSide {
  const best = lowest(seedMeans(arm));
  const worse = surelyWorse(arm, 0.95);
  const below = !worse.some((index) => index < best);
  const above = !worse.some((index) => index > best);
  if (below && above) return "both";
  return below ? "below" : above ? "above" : "none";
}

function bound(arm: Response, open: OpenSide): number | null {
  if (open !== "below" && open !== "above") return null;
  const best = lowest(seedMeans(arm));
  const closed = surelyWorse(arm, 0.975).filter((index) =>
    open === "below" ? index > best : index < best
  );
  const index = open === "below" ? closed[0] : closed[closed.length - 1];
  const position = index === undefined ? -Infinity : arm.positions[index]!;
  return Number.isFinite(position) ? position * arm.cell : null;
}

/** Indices of the points that exceed the lowest seed mean with a one-sided bound above 0. */
function surelyWorse(arm: Response, level: number): number[] {
  const best = lowest(seedMeans(arm));
  return arm.positions.map((_, index) => index).filter((index) => {
    const rise = arm.scores.map((row) => row[index]!.y - row[best]!.y);
    return mean(rise) - margin(rise, level) > 0;
  });
}

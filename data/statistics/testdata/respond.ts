import assert from "node:assert/strict";
import type { Response, Score } from "../response.ts";

/** A diverged run, in place of its y. */
export const BROKE = "diverged";

/** The score of an untrained network in these tests. */
export const Y0 = 1;

/** Scores from what they were: y, or `broke`. */
export function scores(...ys: readonly (number | typeof BROKE)[]): Score[] {
  return ys.map((y) =>
    y === BROKE
      ? { y: Y0, y0: Y0, diverged: true }
      : { y, y0: Y0, diverged: false }
  );
}

/** A response from rows of y, a seed each. */
export function respond(
  positions: readonly number[],
  rows: readonly (readonly (number | typeof BROKE)[])[],
  cell = 0.25,
): Response {
  return {
    cell,
    positions,
    seeds: rows.map((_, seed) => seed),
    scores: rows.map((row) => scores(...row)),
  };
}

/** Rows of the same shape for n seeds, told apart by a thousandth in level and by `tilt` a point. */
export function alike(
  n: number,
  ys: readonly (number | typeof BROKE)[],
  tilt = 0,
): (number | typeof BROKE)[][] {
  return Array.from(
    { length: n },
    (_, seed) =>
      ys.map((y, point) =>
        y === BROKE ? BROKE : y + seed / 1000 + (point % 2) * seed * tilt
      ),
  );
}

/** Fails unless `actual` is within `tolerance` of `expected`; equal infinities are close. */
export function isClose(
  actual: number,
  expected: number,
  tolerance: number,
): void {
  assert.ok(
    actual === expected || Math.abs(actual - expected) <= tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );
}

import assert from "node:assert/strict";
import type { Estimate, Finding, Interval } from "../estimate.ts";
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

/** The scores of a reference arm: its numbers, and where it diverged. */
export function measured(
  y: readonly (readonly number[])[],
  diverged: readonly (readonly boolean[])[],
): Score[][] {
  return y.map((row, seed) =>
    row.map((y, i) => ({ y, y0: 0.83, diverged: diverged[seed]![i]! }))
  );
}

/** What a finding estimates; fails where it does not. */
export function estimateIn(finding: Finding): Estimate {
  assert.ok(finding.kind === "estimate", finding.kind);
  return finding.estimate;
}

/** What bounds a finding; fails where it has none. */
export function rangeIn(finding: Finding, because: string): Interval {
  assert.ok(finding.kind === "range", finding.kind);
  assert.equal(finding.because, because);
  return finding.range;
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

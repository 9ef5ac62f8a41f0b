import assert from "node:assert/strict";

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

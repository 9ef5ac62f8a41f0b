import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { logTicks, rateTicks } from "./scales.ts";

describe("logTicks", () => {
  const cases: readonly (readonly [number, number, readonly number[]])[] = [
    [1e-3, 1, [1e-3, 1e-2, 1e-1, 1]],
    [0.1, 10, [0.1, 0.3, 1, 3, 10]],
    [0.31, 2.5, [0.5, 0.7, 1, 1.5, 2]],
    [0.38, 0.72, [0.4, 0.5, 0.6, 0.7]],
    [0.41, 0.43, [0.41, 0.415, 0.42, 0.425, 0.43]],
    [2, 2, [2]],
  ];
  for (const [low, high, expected] of cases) {
    it(`marks round numbers from ${low} to ${high}`, () => {
      assert.deepEqual(logTicks(low, high), expected);
    });
  }

  for (const [low, high] of [[0, 1], [-1, 1], [2, 1], [NaN, 1]] as const) {
    it(`refuses an axis from ${low} to ${high}`, () => {
      assert.throws(() => logTicks(low, high), RangeError);
    });
  }
});

describe("rateTicks", () => {
  it("marks ones and threes, exactly", () => {
    assert.deepEqual(rateTicks(7e-5, 0.014), [
      1e-4,
      3e-4,
      1e-3,
      3e-3,
      1e-2,
    ]);
  });
});

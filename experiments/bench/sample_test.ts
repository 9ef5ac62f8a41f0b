import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ratioOf, sampleOf } from "./report.ts";

describe("sampleOf", () => {
  it("gives median, interpolated quartiles and range, and keeps the order", () => {
    assert.deepEqual(sampleOf([4, 1, 3, 2]), {
      values: [4, 1, 3, 2],
      median: 2.5,
      quartiles: [1.75, 3.25], // as NumPy's default
      range: [1, 4],
    });
  });

  it("describes a single repeat by itself", () => {
    const { median, quartiles, range } = sampleOf([7]);
    assert.deepEqual([median, quartiles, range], [7, [7, 7], [7, 7]]);
  });

  it("refuses to describe nothing", () => {
    assert.throws(() => sampleOf([]), /at least one: current value is 0/);
  });
});

describe("ratioOf", () => {
  it("divides round by round, so that a slow round of both changes nothing", () => {
    const first = sampleOf([20, 2, 21]);
    const second = sampleOf([10, 1, 10]);
    const ratio = ratioOf(first, second);
    assert.deepEqual(ratio.values, [2, 2, 2.1]);
    assert.equal(ratio.median, 2);
  });

  it("refuses samples of unequal length", () => {
    assert.throws(
      () => ratioOf(sampleOf([1]), sampleOf([1, 2])),
      /current values are 1 and 2/,
    );
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import {
  mean,
  median,
  rankCorrelation,
  standardDeviation,
} from "./textbook.ts";

describe("mean and standardDeviation", () => {
  it("divide by n and by n - 1", () => {
    assert.equal(mean([1, 2, 6]), 3);
    assert.equal(standardDeviation([1, 2, 6]), Math.sqrt(7));
  });
  it("are NaN where they are not defined", () => {
    assert.ok(Number.isNaN(mean([])));
    assert.ok(Number.isNaN(standardDeviation([3])));
  });
});

describe("median", () => {
  it("is the middle value, or between the middle two, and leaves the order alone", () => {
    const values = [9, 1, 5];
    assert.equal(median(values), 5);
    assert.deepEqual(values, [9, 1, 5]);
    assert.equal(median([4, 1, 9, 2]), 3);
  });
  it("is NaN for no values and with a NaN among them", () => {
    assert.ok(Number.isNaN(median([])));
    assert.ok(Number.isNaN(median([1, NaN, 3])));
  });
});

describe("rankCorrelation", () => {
  it("agrees with SciPy's spearmanr, ties included", () => {
    for (const { first, second, correlation } of reference.ranks) {
      isClose(rankCorrelation(first, second), correlation, 1e-12);
    }
  });
  it("is NaN for constants and with a NaN among the values", () => {
    assert.ok(Number.isNaN(rankCorrelation([1, 1, 1], [1, 2, 3])));
    assert.ok(Number.isNaN(rankCorrelation([1, NaN, 2], [1, 2, 3])));
  });
});

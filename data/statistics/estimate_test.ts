import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Band,
  between,
  contains,
  disjoint,
  estimate,
  holds,
  interval,
  under,
} from "./estimate.ts";
import { isClose } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };

describe("estimate", () => {
  it("has SciPy's t intervals where there is no allowance", () => {
    for (const { values, interval90, interval95 } of reference.intervals) {
      const result = estimate(values);
      isClose(result.interval90.low, interval90[0]!, 1e-7);
      isClose(result.interval90.high, interval90[1]!, 1e-7);
      isClose(result.interval95.low, interval95[0]!, 1e-7);
      isClose(result.interval95.high, interval95[1]!, 1e-7);
    }
  });
  it("widens both intervals by the allowance on each side", () => {
    const [plain, wide] = [estimate([1, 2, 4]), estimate([1, 2, 4], 0.25)];
    isClose(wide.interval90.low, plain.interval90.low - 0.25, 1e-12);
    isClose(wide.interval95.high, plain.interval95.high + 0.25, 1e-12);
  });
  it("has infinite intervals for one value", () => {
    const { interval90, sd, mean } = estimate([0.7]);
    assert.deepEqual(interval90, { low: -Infinity, high: Infinity });
    assert.ok(Number.isNaN(sd));
    assert.equal(mean, 0.7);
  });
  it("has intervals of the allowance alone where all values are equal", () => {
    assert.deepEqual(interval([1, 1, 1], 0.95, 0.5), { low: 0.5, high: 1.5 });
  });
});

const band = between(0.5, 1.5);

describe("bands and intervals", () => {
  it("have the middle and no effect as the value in mind", () => {
    assert.deepEqual([band.centre, under(0.02).centre], [1, 0]);
  });
  it("contain their ends", () => {
    const found = [0.49, 0.5, 1, 1.5, 1.51].map((it) => contains(band, it));
    assert.deepEqual(found, [false, true, true, true, false]);
  });
  const cases: [
    Band,
    low: number,
    high: number,
    holds: boolean,
    apart: boolean,
  ][] = [
    [band, 0.5, 1.5, true, false],
    [band, 0.49, 1, false, false],
    [band, 1, 1.51, false, false],
    [band, 0, 0.5, false, false],
    [band, 1.5, 2, false, false],
    [band, 0, 2, false, false],
    [band, 0, 0.49, false, true],
    [band, 1.51, Infinity, false, true],
    // A value must be under the end of a band that has one.
    [under(0.5), -9, 0.49, true, false],
    [under(0.5), -9, 0.5, false, false],
  ];
  for (const [of, low, high, isHeld, isApart] of cases) {
    it(`tell ${low} to ${high} from ${of.low} to ${of.high}`, () => {
      const found = [holds(of, { low, high }), disjoint(of, { low, high })];
      assert.deepEqual(found, [isHeld, isApart]);
    });
  }
});

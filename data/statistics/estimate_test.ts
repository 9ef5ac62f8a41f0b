import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
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

describe("contains", () => {
  it("counts the ends in and what is beyond out", () => {
    const range = { low: 0.5, high: 1.5 };
    assert.deepEqual(
      [0.49, 0.5, 1, 1.5, 1.51].map((value) => contains(range, value)),
      [false, true, true, true, false],
    );
  });
});

const band = between(0.5, 1.5);

describe("between and under", () => {
  it("have the middle and no effect as the value in mind", () => {
    assert.equal(band.centre, 1);
    assert.equal(under(0.02).centre, 0);
  });
});

describe("holds", () => {
  it("wants both ends of the interval inside", () => {
    assert.ok(holds(band, { low: 0.5, high: 1.5 }));
    assert.ok(!holds(band, { low: 0.49, high: 1 }));
    assert.ok(!holds(band, { low: 1, high: 1.51 }));
  });
  it("wants the interval to end below what a value must be under", () => {
    assert.ok(holds(under(0.5), { low: -9, high: 0.49 }));
    assert.ok(!holds(under(0.5), { low: -9, high: 0.5 }));
  });
});

describe("disjoint", () => {
  it("is false as soon as one value is common", () => {
    assert.ok(!disjoint(band, { low: 0, high: 0.5 }));
    assert.ok(!disjoint(band, { low: 1.5, high: 2 }));
    assert.ok(!disjoint(band, { low: 0, high: 2 }));
    assert.ok(disjoint(band, { low: 0, high: 0.49 }));
    assert.ok(disjoint(band, { low: 1.51, high: Infinity }));
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { between, disjoint, holds, under } from "./estimate.ts";

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { between, under } from "./estimate.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { power, seedsNeeded } from "./verdict.ts";

describe("power", () => {
  it("is that of two one-sided tests by SciPy's quadrature, for a band with two ends", () => {
    for (
      const { n, halfBand, sd, allowance, power: expected } of reference.power
        .two
    ) {
      const band = between(1 - halfBand, 1 + halfBand);
      isClose(power(n, band, { sd, allowance }), expected, 1e-5);
    }
  });
  it("is that of SciPy's noncentral t, for a band with one end", () => {
    for (const { n, high, sd, power: expected } of reference.power.one) {
      isClose(power(n, under(high), { sd, allowance: 0 }), expected, 1e-5);
    }
  });
  it("is all or nothing without spread, and none from one seed", () => {
    const band = between(0.5, 1.5);
    assert.equal(power(3, band, { sd: 0, allowance: 0.1 }), 1);
    assert.equal(power(3, band, { sd: 0, allowance: 0.6 }), 0);
    assert.equal(power(3, band, { sd: NaN, allowance: 0.1 }), 0);
  });
});

describe("seedsNeeded", () => {
  it("is the first n that a search with SciPy finds, or null", () => {
    for (
      const { halfBand, sd, allowance, seedsNeeded: expected } of reference
        .power.two
    ) {
      const band = between(-1 - halfBand, -1 + halfBand);
      assert.equal(seedsNeeded(band, { sd, allowance }), expected);
    }
    for (const { high, sd, seedsNeeded: expected } of reference.power.one) {
      assert.equal(seedsNeeded(under(high), { sd, allowance: 0 }), expected);
    }
  });
  it("is 2 where there is no spread", () => {
    assert.equal(seedsNeeded(between(0, 1), { sd: 0, allowance: 0.1 }), 2);
  });
});

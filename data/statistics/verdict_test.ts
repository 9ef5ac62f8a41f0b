import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  between,
  type Estimate,
  estimate,
  type Finding,
  under,
} from "./estimate.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { judge, label, notApplicable, notRun } from "./verdict.ts";

const band = between(0.5, 1.5);

const estimated = (...values: number[]): Finding => ({
  kind: "estimate",
  estimate: estimate(values, 0.1),
});

const ranged = (
  low: number,
  high: number,
  because: "open side" | "no edge" = "open side",
): Finding => ({ kind: "range", n: 5, range: { low, high }, because });

describe("judge", () => {
  it("says SUPPORTED where the 90% interval lies in the band", () => {
    const verdict = judge(estimated(0.9, 1, 1.1, 1, 1), band);
    assert.equal(verdict.state, "SUPPORTED");
    assert.deepEqual([verdict.n, verdict.seedsNeeded], [5, null]);
  });
  it("says REFUTED where the 95% interval and the band have nothing in common", () => {
    for (const values of [[0, 0.1, 0.05, 0.1, 0], [2.1, 2, 2.2, 2, 2]]) {
      assert.equal(judge(estimated(...values), band).state, "REFUTED");
    }
  });
  it("says INCONCLUSIVE with the seeds needed where the interval crosses the band's end", () => {
    const verdict = judge(estimated(0.3, 0.9, 0.5, 0.8, 0.2), band);
    assert.deepEqual([verdict.state, verdict.seedsNeeded], ["INCONCLUSIVE", 7]);
  });
  it("says INCONCLUSIVE with none under 100 where the allowance fills the band", () => {
    const verdict = judge(estimated(1, 1.2, 0.8), between(0.95, 1.05));
    assert.deepEqual(
      [verdict.state, verdict.seedsNeeded],
      ["INCONCLUSIVE", null],
    );
  });
  it("counts the ends of a band as inside, and the end of what lies under a value as outside", () => {
    const exact = (value: number): Finding => ({
      kind: "estimate",
      estimate: estimate([value, value]),
    });
    assert.equal(judge(exact(0.5), band).state, "SUPPORTED");
    assert.equal(judge(exact(0.5), under(0.5)).state, "INCONCLUSIVE");
    assert.equal(judge(exact(0.4), under(0.5)).state, "SUPPORTED");
    assert.equal(judge(exact(0.6), under(0.5)).state, "REFUTED");
  });
  it("says REFUTED(bound) where all that an open side leaves is outside, else INVALID(edge)", () => {
    const state = (low: number, high: number) =>
      judge(ranged(low, high), band).state;
    assert.equal(state(1.6, Infinity), "REFUTED(bound)");
    assert.equal(state(-Infinity, 0.4), "REFUTED(bound)");
    assert.equal(state(1.4, Infinity), "INVALID(edge)");
    assert.equal(state(-Infinity, 3), "INVALID(edge)");
    assert.equal(state(-Infinity, Infinity), "INVALID(edge)");
  });
  it("says REFUTED where seeds without edge are too far from the best already", () => {
    const state = (low: number) =>
      judge(ranged(low, Infinity, "no edge"), under(0.5)).state;
    assert.deepEqual([state(0.6), state(0.4)], ["REFUTED", "INVALID(edge)"]);
  });
  it("says INVALID(flat), INVALID(diverged) and NOT RUN", () => {
    const invalid = (because: "flat" | "diverged") =>
      judge({ kind: "invalid", n: 5, because }, band).state;
    assert.equal(invalid("flat"), "INVALID(flat)");
    assert.equal(invalid("diverged"), "INVALID(diverged)");
    const missing = judge({ kind: "missing" }, band);
    assert.deepEqual([missing.state, missing.n], ["NOT RUN", 0]);
  });
  it("says why one seed decides nothing", () => {
    const verdict = judge(estimated(1), band);
    assert.equal(verdict.state, "INCONCLUSIVE");
    assert.equal(verdict.reason, "one seed shows no spread");
    const dead = judge({ kind: "invalid", n: 1, because: "diverged" }, band);
    assert.equal(dead.reason, undefined);
  });
  it("has SciPy's p-values", () => {
    for (
      const { low, high, supported, refuted, ...given } of reference.pValues
    ) {
      const finding = {
        kind: "estimate" as const,
        estimate: { ...estimate([0, 1]), ...given } satisfies Estimate,
      };
      const { pValues } = judge(finding, between(low, high));
      isClose(pValues!.supported, supported, 1e-7);
      isClose(pValues!.refuted, refuted, 1e-7);
    }
  });
  it("has p-values of 0.05 exactly where the intervals touch the band's end", () => {
    const finding = estimated(0.7, 0.9, 0.6, 1, 0.8);
    assert.ok(finding.kind === "estimate");
    const { interval90, interval95 } = finding.estimate;
    const inside = judge(finding, between(interval90.low, 9));
    isClose(inside.pValues!.supported, 0.05, 1e-7);
    const outside = judge(finding, between(-9, interval95.low));
    isClose(outside.pValues!.refuted, 0.05, 1e-7);
  });
  it("has p-values of 0 and 1 without spread", () => {
    const { pValues } = judge(estimated(1, 1, 1), band);
    assert.deepEqual(pValues, { supported: 0, refuted: 1 });
  });
});

describe("label", () => {
  it("is preliminary below 5 seeds, low power below 10, published from there on", () => {
    assert.deepEqual([3, 4, 5, 9, 10].map((n) => label(n)), [
      "preliminary",
      "preliminary",
      "low power",
      "low power",
      "published",
    ]);
  });
  it("wants 20 report seeds where a verdict rests on them", () => {
    assert.deepEqual([4, 19, 20].map((m) => label(10, m)), [
      "preliminary",
      "low power",
      "published",
    ]);
  });
});

describe("notRun and notApplicable", () => {
  it("hold no numbers", () => {
    assert.deepEqual([notRun.state, notApplicable.state], [
      "NOT RUN",
      "NOT APPLICABLE",
    ]);
    for (const verdict of [notRun, notApplicable]) {
      assert.deepEqual([verdict.n, verdict.pValues], [0, null]);
    }
  });
});

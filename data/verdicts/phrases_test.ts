import { claims } from "./claims.ts";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate, type Finding } from "../statistics/estimate.ts";
import type { Judgement } from "../statistics/verdict.ts";
import type { VerdictPart } from "./register.ts";
import { findingPhrase, ratio, scaleOf, seedsPhrase } from "./summary.ts";

const estimated = (...values: number[]): Finding => ({
  kind: "estimate",
  estimate: estimate(values),
});
const limited = (low: number, high: number): Finding => ({
  kind: "range",
  n: 5,
  range: { low, high },
  because: "open side",
});
const scale = (claim: "H1" | "H3" | "H4" | "H5", unit: VerdictPart["unit"]) =>
  scaleOf(claims.find(({ id }) => id === claim)!, { unit });

describe("findingPhrase", () => {
  for (
    const [phrase, finding] of [
      ["ratio 3.2x", estimated(0.5)],
      ["ratio 10x, 90% interval 10x to 10x", estimated(1, 1, 1)],
      ["ratio 0.10x, 90% interval 0.10x to 0.10x", estimated(-1, -1)],
      ["ratio 123x", estimated(Math.log10(123))],
      ["ratio 1.0e-3x", estimated(-3)],
      ["ratio over 32x", limited(1.5, Infinity)],
      ["ratio under 0.32x", limited(-Infinity, -0.5)],
      ["ratio not bounded", limited(-Infinity, Infinity)],
      ["no best value within the noise", {
        kind: "invalid",
        n: 5,
        because: "flat",
      }],
      ["no run of an arm trained", {
        kind: "invalid",
        n: 5,
        because: "diverged",
      }],
      ["", { kind: "missing" }],
    ] as [string, Finding][]
  ) {
    it(`is "${phrase}"`, () => {
      assert.equal(findingPhrase(finding, ratio), phrase);
    });
  }

  it("writes each number as what it is", () => {
    const phrase = (finding: Finding, of: typeof ratio) =>
      findingPhrase(finding, of);
    assert.equal(phrase(estimated(0.3), scale("H1", "decades")), "ratio 2.0x");
    assert.equal(phrase(estimated(0.3), scale("H3", "decades")), "edge 2.0x");
    assert.equal(phrase(estimated(-1.6), scale("H4", "decades")), "2.5e-2");
    assert.equal(phrase(estimated(0.02), scale("H5", "y")), "loss +2.0%");
    assert.equal(phrase(estimated(-0.02), scale("H4", "y")), "loss -2.0%");
    assert.equal(phrase(estimated(-0.0001), scale("H5", "y")), "loss 0.0%");
  });
});

describe("seedsPhrase", () => {
  const judgement = (rest: Partial<Judgement>): Judgement => ({
    state: "INCONCLUSIVE",
    n: 5,
    seedsNeeded: null,
    pValues: null,
    ...rest,
  });
  for (
    const [phrase, rest] of [
      ["n 5", { state: "SUPPORTED" }],
      ["n 5, needs 14", { seedsNeeded: 14 }],
      ["n 5, and none under 100 would do", {}],
      ["n 5, too near the band's end for more seeds to decide", {
        seedsNeeded: 3,
      }],
      ["n 5, a reason", { reason: "a reason" }],
      ["a reason", { state: "NOT RUN", n: 0, reason: "a reason" }],
      ["", { state: "NOT RUN", n: 0 }],
    ] as [string, Partial<Judgement>][]
  ) {
    it(`is "${phrase}"`, () => {
      assert.equal(seedsPhrase(judgement(rest)), phrase);
    });
  }
});

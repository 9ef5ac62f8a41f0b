import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Comparison, notWorse, scoreDifference } from "./findings.ts";
import { isClose } from "./testdata/is_close.ts";
import examples from "./testdata/reference.json" with { type: "json" };
import { broke, scores } from "./testdata/respond.ts";
import type { Verdict } from "./verdict.ts";

const reference = scores(-0.8, -0.81, -0.79, -0.82, -0.78);
const by = (...shifts: number[]) =>
  scores(...reference.map((it, i) => it.y + shifts[i % shifts.length]!));

describe("notWorse", () => {
  it("agrees with SciPy's t bounds at all three margins", () => {
    for (const { candidate, reference, ...expected } of examples.comparisons) {
      const result = notWorse(scores(...candidate), scores(...reference));
      const { stricter, verdict, looser } = result;
      assert.deepEqual(
        [stricter.state, verdict.state, looser.state],
        expected.states,
      );
      assert.ok(verdict.finding.kind === "estimate");
      const { mean, interval90, interval95 } = verdict.finding.estimate;
      isClose(mean, expected.mean, 1e-12);
      isClose(interval90.high, expected.upper, 1e-8);
      isClose(interval95.low, expected.lower, 1e-8);
      isClose(result.inSeedSds!, expected.inSeedSds, 1e-9);
    }
  });
  it("supports a candidate whose upper bound is under the margin", () => {
    const { verdict } = notWorse(by(0.001, -0.001, 0), reference);
    assert.equal(verdict.state, "SUPPORTED");
  });
  it("refutes a candidate whose lower bound is over the margin", () => {
    const { verdict } = notWorse(by(0.06, 0.07), reference);
    assert.equal(verdict.state, "REFUTED");
  });
  it("uses one-sided bounds of 95% for and of 97.5% against, at each margin", () => {
    // Mean g margin -+ b with n = 5: t_0.95 = 2.1318, t_0.975 = 2.7764; sd of (1,-1,1,-1,0) is 1.
    const spread = [1, -1, 1, -1, 0].map((it) => it * Math.sqrt(5) * 0.001);
    const at = (mean: number) =>
      notWorse(by(...spread.map((it) => it + mean)), reference);
    const states = (of: (comparison: Comparison) => Verdict, margin: number) =>
      [-0.00214, -0.00212, 0.00276, 0.00279]
        .map((beyond) => of(at(margin + beyond)).state);
    const expected = ["SUPPORTED", "INCONCLUSIVE", "INCONCLUSIVE", "REFUTED"];
    assert.deepEqual(states((it) => it.stricter, 0.01), expected);
    assert.deepEqual(states((it) => it.verdict, 0.02), expected);
    assert.deepEqual(states((it) => it.looser, 0.05), expected);
  });
  it("judges the same difference at 0.01 and 0.05 beside it", () => {
    const { stricter, verdict, looser } = notWorse(
      by(0.03, 0.031),
      reference,
    );
    assert.deepEqual(
      [stricter.state, verdict.state, looser.state],
      ["REFUTED", "REFUTED", "SUPPORTED"],
    );
  });
  it("gives the difference in sds of the reference's seeds, if they have one", () => {
    isClose(
      notWorse(by(0.02), reference).inSeedSds!,
      0.02 / Math.sqrt(0.001 / 4),
      1e-9,
    );
    const equal = scores(0.1, 0.1);
    assert.equal(notWorse(scores(0.2, 0.2), equal).inSeedSds, null);
  });
  it("counts a diverged run at the score before training", () => {
    const finding = scoreDifference(scores(broke, 0), scores(0, 0));
    assert.ok(finding.kind === "estimate");
    assert.deepEqual(finding.estimate.values, [1, 0]);
  });
  it("is NOT RUN without runs, with a missing one, or with fewer on one side", () => {
    for (const other of [[], [...reference.slice(1), null], by(0).slice(1)]) {
      const comparison = notWorse(other, reference);
      assert.equal(comparison.verdict.state, "NOT RUN");
      assert.equal(comparison.inSeedSds, null);
      assert.equal(notWorse(reference, other).verdict.state, "NOT RUN");
    }
  });
});

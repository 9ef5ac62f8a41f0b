import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  learningRateStudy,
  ruleStudy,
} from "../testdata/experiment_studies.ts";
import type { Changes } from "../testdata/planned_study.ts";
import { tableFrom } from "../testdata/tables.ts";
import { comparisonsOf, describeScoreComparison } from "./score_comparison.ts";

/** Final losses by arm and last digit of the report seed; null is no run. */
function losses(table: Readonly<Record<string, readonly (number | null)[]>>) {
  return ruleStudy({
    outcome({ stage, arm, seed }, summary) {
      if (stage !== "report") return summary;
      const loss = table[arm]?.[seed % 10];
      return loss === undefined || loss === null
        ? null
        : { ...summary, finalLoss: loss, lastTrainLoss: loss };
    },
  });
}

describe("comparisonsOf", () => {
  it("pairs the seeds of two arms and takes the difference of logarithms", () => {
    const [rule, decay] = comparisonsOf(tableFrom(losses({
      "sing by the rule": [0.44, 0.42, 0.41, 0.4, 0.4, 0.4],
      "sing": [0.4, 0.4, 0.4, 0.4, 0.4, 0.4],
    })));
    assert.ok(rule?.estimate && decay);
    const differences = rule.pairs.map(({ difference }) => difference);
    // ln 1.1, ln 1.05, ln 1.025, 0, 0, 0
    const expected = [0.09531, 0.04879, 0.02469, 0, 0, 0];
    differences.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 1e-5)
    );
    assert.ok(Math.abs(rule.estimate.mean - 0.028132) < 1e-6);
    assert.equal(decay.pairs.length, 0);
    assert.equal(decay.planned, 6);
  });

  it("has no estimate while a planned seed is missing, and says how many are there", () => {
    const comparisons = comparisonsOf(tableFrom(losses({
      "sing by the rule": [0.44, null, 0.41, 0.4, 0.4, 0.4],
      "sing": [0.4, 0.4, 0.4, null, 0.4, 0.4],
    })));
    assert.equal(comparisons[0]?.estimate, null);
    assert.equal(
      describeScoreComparison(comparisons),
      "No decay: by the rule against tuned: 4 of 6 pairs of runs are there; a mean waits for all. " +
        "With decay: by the rule against tuned: 0 of 6 pairs of runs are there; a mean waits for all.",
    );
  });

  it("counts a diverged run with its loss from before training, and says so", () => {
    const diverged: Changes = {
      outcome: ({ arm, seed }, summary) =>
        arm === "sing listed" && seed === 100_000
          ? { ...summary, state: "diverged", finalLoss: NaN }
          : { ...summary, finalLoss: 0.5, lastTrainLoss: 0.5 },
    };
    const comparisons = comparisonsOf(tableFrom(learningRateStudy(diverged)));
    const [first] = comparisons[0]?.pairs ?? [];
    assert.ok(Math.abs(first!.difference - Math.log(2.31 / 0.5)) < 1e-12);
    assert.match(
      describeScoreComparison(comparisons),
      /6 seeds; of the first, 1 diverged\.$/,
    );
  });

  it("compares nothing in an experiment that plans no comparison", () => {
    const study = learningRateStudy({ study: { experiment: "constructor" } });
    assert.deepEqual(comparisonsOf(tableFrom(study)), []);
  });
});

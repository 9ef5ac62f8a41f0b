import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate } from "../../data/statistics/estimate.ts";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import {
  ablationStudy,
  learningRateStudy,
  ruleStudy,
  type StudyChanges,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  comparisonsOf,
  describeScoreComparison,
  type PairedSeeds,
  scoreComparison,
} from "./score_comparison.ts";

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
    const [rule, decay] = comparisonsOf(workloadFrom(losses({
      "sing by the rule": [0.44, 0.42, 0.41, 0.4, 0.4, 0.4],
      "sing": [0.4, 0.4, 0.4, 0.4, 0.4, 0.4],
    })));
    assert.ok(rule?.estimate && decay);
    const differences = rule.pairs.map(({ value }) => value);
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
    const comparisons = comparisonsOf(workloadFrom(losses({
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
    const diverged: StudyChanges = {
      outcome: ({ arm, seed }, summary) =>
        arm === "sing listed" && seed === 100_000
          ? { ...summary, state: "diverged", finalLoss: NaN }
          : { ...summary, finalLoss: 0.5, lastTrainLoss: 0.5 },
    };
    const comparisons = comparisonsOf(
      workloadFrom(learningRateStudy(diverged)),
    );
    const [first] = comparisons[0]?.pairs ?? [];
    assert.ok(Math.abs(first!.value - Math.log(2.31 / 0.5)) < 1e-12);
    assert.match(
      describeScoreComparison(comparisons),
      /6 seeds; of the first, 1 diverged\./,
    );
    const drawn = layersOf(scoreComparison(comparisons));
    const [seed] = rowsOf(drawn, { type: "point", size: 40 });
    assert.equal(seed?.["text"], "+362%, the first diverged");
  });

  it("compares nothing in an experiment that plans no comparison", () => {
    assert.deepEqual(comparisonsOf(workloadFrom(ablationStudy())), []);
  });
});

function comparison(
  differences: readonly number[],
  changes: Partial<PairedSeeds> = {},
): PairedSeeds {
  return {
    title: "one against other",
    candidate: "sing by the rule",
    pairs: differences.map((value, i) => ({ seed: 100_000 + i, value })),
    planned: differences.length,
    estimate: estimate(differences),
    ...changes,
  };
}

describe("scoreComparison", () => {
  const layers = layersOf(scoreComparison([comparison([0, 0.01, 0.02])]));

  it("draws a point a seed, with the change of the loss in its tooltip", () => {
    assert.deepEqual(rowsOf(layers, { type: "point", size: 40 }), [
      { row: "one against other", value: 0, seed: "100000", text: "0%" },
      { row: "one against other", value: 0.01, seed: "100001", text: "+1.0%" },
      { row: "one against other", value: 0.02, seed: "100002", text: "+2.0%" },
    ]);
  });

  it("draws the mean and its 90% interval", () => {
    const [mean] = rowsOf(layers, { type: "point", size: 110 });
    assert.deepEqual([mean?.["value"], mean?.["text"]], [0.01, "+1.0%"]);
    const [bar] = rowsOf(layers, { type: "rule", strokeWidth: 3 });
    // t of 0.95 with 2 degrees of freedom, 2.91999, by 0.01 / sqrt(3)
    assert.deepEqual(bar, {
      row: "one against other",
      low: -0.0068585,
      high: 0.026859,
    });
  });

  it("marks the margins that lie in the plot", () => {
    const margins = (highest: number) =>
      rowsOf(
        layersOf(scoreComparison([comparison([0, highest])])),
        { type: "rule", color: "var(--muted)" },
      ).map(({ value }) => value);
    assert.deepEqual(margins(0.001), [0.01, 0.02]);
    assert.deepEqual(margins(0.1), [0.01, 0.02, 0.05]);
  });

  it("draws the pairs that are there without a mean, and one seed without an interval", () => {
    const partly = comparison([0.01, 0.02], { planned: 3, estimate: null });
    const of = (one: PairedSeeds) => layersOf(scoreComparison([one]));
    assert.deepEqual(rowsOf(of(partly), { size: 110 }), []);
    assert.equal(rowsOf(of(partly), { size: 40 }).length, 2);
    const single = of(comparison([0.01]));
    assert.equal(rowsOf(single, { size: 110 }).length, 1);
    assert.deepEqual(rowsOf(single, { strokeWidth: 3 }), []);
  });

  it("is not drawn without a pair", () => {
    assert.equal(scoreComparison([comparison([], { estimate: null })]), null);
    assert.equal(scoreComparison([]), null);
  });
});

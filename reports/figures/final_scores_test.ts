import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate } from "../../data/statistics/estimate.ts";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import {
  finalStudy,
  learningRateStudy,
  type StudyChanges,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  accuracyComparison,
  accuracyDifferences,
  describeAccuracyComparison,
  finalArms,
} from "./final_scores.ts";

const armsOf = (changes: StudyChanges = {}) =>
  finalArms(workloadFrom(finalStudy(changes)));
const differencesOf = (changes: StudyChanges) =>
  accuracyDifferences(armsOf(changes), workloadFrom(finalStudy()).study);

/** SING is a percentage point better in every seed, but where a run is missing. */
const point = (missing?: number): StudyChanges => ({
  outcome: ({ stage, arm, seed }, summary) =>
    seed === missing && stage === "final" ? null : {
      ...summary,
      finalAccuracy: (arm.startsWith("sing") ? 0.86 : 0.85) + 1e-3 * (seed % 2),
    },
});

describe("finalArms", () => {
  it("has both optimizers at their own best, with the runs that chose it", () => {
    assert.deepEqual(
      armsOf().map(({ arm, weightDecay, point, tuning }) => [
        arm,
        Number(point.learningRate.toPrecision(3)),
        Number(weightDecay.toPrecision(3)),
        point.n,
        tuning.planned,
      ]),
      [
        ["sing", 0.01, 0, 6, 52], // scout of 7, tune of 9 x 5
        ["adamw", 0.001, 0, 6, 52],
        ["sing with decay", 0.01, 0.00316, 6, 277], // 10 x 5 x 5 more, 25 of them shared
        ["adamw with decay", 0.001, 0.0316, 6, 277],
      ],
    );
  });

  it("is empty where no final run is planned", () => {
    assert.deepEqual(finalArms(workloadFrom(learningRateStudy())), []);
  });
});

describe("accuracyDifferences", () => {
  it("pairs by seed, in percentage points", () => {
    const differences = differencesOf(point());
    for (const { estimate } of differences) {
      assert.ok(Math.abs(estimate!.mean - 0.01) < 1e-12);
    }
    assert.match(
      describeAccuracyComparison(differences),
      /^No decay: SING against AdamW: \+1\.00 percentage points of accuracy, 90% interval \+1\.00 to \+1\.00, 6 seeds\. With decay/,
    );
  });

  it("waits for all planned seeds", () => {
    const differences = differencesOf(point(100_001));
    assert.ok(differences.every(({ estimate }) => estimate === null));
    assert.match(
      describeAccuracyComparison(differences),
      /^No decay: SING against AdamW: 5 of 6 pairs have an accuracy; a mean waits for all\./,
    );
  });
});

const difference = {
  title: "no decay: SING against AdamW",
  candidate: "sing",
  pairs: [{ seed: 1, value: 0.01 }, { seed: 2, value: -0.02 }],
  planned: 2,
  estimate: estimate([0.01, -0.02]),
};

describe("accuracyComparison", () => {
  it("draws differences in percentage points, around 0", () => {
    const layers = layersOf(accuracyComparison([difference]));
    assert.deepEqual(
      rowsOf(layers, { size: 40 }).map(({ value, text }) => [value, text]),
      [[1, "+1.00"], [-2, "−2.00"]],
    );
    assert.deepEqual(
      rowsOf(layers, { size: 110 }).map(({ value, text }) => [value, text]),
      [[-0.5, "−0.50"]],
    );
    assert.deepEqual(rowsOf(layers, { color: "var(--line)" }), [{ value: 0 }]);
  });

  it("is not drawn without a pair", () => {
    assert.equal(accuracyComparison([{ ...difference, pairs: [] }]), null);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  ablationStudy,
  learningRateStudy,
  scheduleStudy,
  weightDecayStudy,
} from "./testdata/experiment_studies.ts";
import { workloadFrom } from "./testdata/tables.ts";
import { listedRates, shownSeries } from "./workload.ts";

describe("shownSeries", () => {
  it("is all that were tuned, and of sixteen arms those that have names", () => {
    const armsOf = (workload: ReturnType<typeof workloadFrom>) =>
      shownSeries(workload).map(({ arm }) => arm);
    assert.deepEqual(armsOf(workloadFrom(scheduleStudy())), [
      "sing constant",
      "sing constant cosine",
      "sing cosine",
    ]);
    assert.deepEqual(armsOf(workloadFrom(ablationStudy())), [
      "switches ----",
      "switches C-SL",
      "switches CNSL",
    ]);
  });

  it("has no point of another stage, and no weight decay beside 0", () => {
    for (const study of [learningRateStudy(), weightDecayStudy()]) {
      const series = shownSeries(workloadFrom(study));
      assert.deepEqual(
        series.map(({ arm, weightDecay, rates }) => [
          arm,
          weightDecay,
          rates.length,
        ]),
        [["adamw", 0, 9], ["sing", 0, 9]],
      );
    }
  });
});

describe("listedRates", () => {
  it("is the README's rates where they were run without weight decay", () => {
    const rates = listedRates(workloadFrom(learningRateStudy()));
    assert.deepEqual(
      rates.map(({ learningRate, n }) => [learningRate, n]),
      [[5e-3, 5], [1e-2, 5], [5e-2, 5], [1e-1, 5]],
    );
    assert.deepEqual(listedRates(workloadFrom(weightDecayStudy())), []);
    assert.deepEqual(listedRates(workloadFrom(scheduleStudy())), []);
  });
});

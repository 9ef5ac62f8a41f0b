import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Run, TrainMetric } from "../../data/runs/record.ts";
import {
  exampleConfig,
  exampleHeader,
  exampleMetrics,
  exampleSummary,
} from "../../data/runs/testdata/example_run.ts";
import { curveOf } from "./loss_by_step.ts";

const series = { arm: "sing", weightDecay: 0, oneOfMany: false, rates: [] };

describe("curveOf", () => {
  it("takes mean, lowest and highest loss over the seeds at each step", () => {
    const curve = curveOf(series, 1e-2, [run([1, 0.5]), run([3, 0.7])]);
    assert.equal(curve.seeds, 2);
    assert.deepEqual(curve.points, [
      { step: 10, mean: 2, low: 1, high: 3 },
      { step: 20, mean: 0.6, low: 0.5, high: 0.7 },
    ]);
  });

  it("draws no loss that is not a number, and counts it", () => {
    const curve = curveOf(series, 1e-2, [run([1, NaN]), run([3, Infinity])]);
    assert.deepEqual(curve.points.map(({ step }) => step), [10]);
    assert.equal(curve.notDrawn, 2);
  });

  it("takes steps that only some seeds have, in order", () => {
    const curve = curveOf(series, 1e-2, [run([1]), run([3, 0.7, 0.6])]);
    assert.deepEqual(
      curve.points.map(({ step, low, high }) => [step, low, high]),
      [
        [10, 1, 3],
        [20, 0.7, 0.7],
        [30, 0.6, 0.6],
      ],
    );
  });

  it("leaves evaluations out", () => {
    const whole = { ...run([]), metrics: exampleMetrics };
    assert.deepEqual(
      curveOf(series, 1e-2, [whole]).points.map(({ step }) => step),
      [10, 20],
    );
  });
});

function run(losses: readonly number[]): Run {
  const header = exampleHeader(exampleConfig());
  const metrics = losses.map((loss, i): TrainMetric => ({
    kind: "train",
    step: 10 * (i + 1),
    loss,
    learningRate: 1e-2,
  }));
  return { id: header.id, header, metrics, summary: exampleSummary };
}

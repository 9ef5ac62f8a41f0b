import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Run, TrainMetric } from "../../data/runs/record.ts";
import {
  EXAMPLE_METRICS,
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
} from "../../data/runs/testdata/example_run.ts";
import {
  type Curve,
  curveOf,
  describeLossByStep,
  lossByStep,
} from "./loss_by_step.ts";

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
    const whole = { ...run([]), metrics: EXAMPLE_METRICS };
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
  return { id: header.id, header, metrics, summary: EXAMPLE_SUMMARY };
}

const curve: Curve = {
  arm: "sing",
  weightDecay: 0,
  oneOfMany: false,
  learningRate: 1e-2,
  seeds: 3,
  points: [
    { step: 10, mean: 1.5, low: 1.25, high: 2 },
    { step: 20, mean: 0.5, low: 0.4, high: 0.8 },
  ],
  notDrawn: 0,
};

describe("lossByStep", () => {
  it("draws the mean as a line in a band from the lowest to the highest seed", () => {
    const spec = lossByStep([curve]);
    assert.ok(spec && "layer" in spec && spec.data && "values" in spec.data);
    assert.deepEqual(spec.data.values, [
      {
        series: "SING",
        step: 10,
        mean: 1.5,
        low: 1.25,
        high: 2,
        meanText: "1.50",
        rangeText: "1.25 to 2.00",
      },
      {
        series: "SING",
        step: 20,
        mean: 0.5,
        low: 0.4,
        high: 0.8,
        meanText: "0.500",
        rangeText: "0.400 to 0.800",
      },
    ]);
    const [band, line] = JSON.parse(JSON.stringify(spec.layer));
    assert.equal(band.mark.type, "area");
    assert.equal(band.encoding.y.field, "low");
    assert.equal(band.encoding.y2.field, "high");
    assert.equal(line.encoding.y.field, "mean");
    assert.equal(line.encoding.y.scale.type, "log");
  });

  it("keeps the names at the lines' ends apart", () => {
    const spec = lossByStep([curve, { ...curve, arm: "adamw" }]);
    assert.ok(spec && "layer" in spec);
    const layers: { data?: { values: { series: string; y: number }[] } }[] =
      JSON.parse(JSON.stringify(spec.layer));
    const ends = layers.flatMap(({ data }) => data?.values ?? []);
    const [sing, adamw] = ["SING", "AdamW"].map((name) =>
      ends.find(({ series }) => series === name)?.y ?? NaN
    );
    assert.equal(Math.abs((sing ?? 0) - (adamw ?? 0)), 18);
  });
});

describe("describeLossByStep", () => {
  it("says in numbers what is seen", () => {
    assert.equal(
      describeLossByStep([curve]),
      "SING at 1e-2: from 1.50 at step 10 to 0.500 at step 20 (0.400 to 0.800 over 3 seeds).",
    );
  });

  it("says what is not drawn, and that one seed has no band", () => {
    assert.equal(
      describeLossByStep([{ ...curve, seeds: 1, notDrawn: 2 }]),
      "SING at 1e-2: from 1.50 at step 10 to 0.500 at step 20 (1 seed, so no band). 2 losses were not finite and are not drawn.",
    );
    assert.equal(
      describeLossByStep([{ ...curve, points: [], notDrawn: 1 }]),
      "SING at 1e-2: no training loss recorded.",
    );
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf } from "../testdata/charts.ts";
import { exampleStudy, workloadFrom } from "../testdata/studies.ts";
import type { StudyRuns } from "../workload.ts";
import {
  describeLossByLearningRate,
  lossByLearningRate,
  type ResponseAxis,
} from "./loss_by_learning_rate.ts";

/** Losses by learning rate: each optimizer at three rates, one of which SING does not survive. */
const series = seriesOf({
  adamw: { 1e-4: 0.6, 1e-3: 0.45, 1e-2: 0.5 },
  sing: { 1e-3: 0.5, 1e-2: 0.4, 1e-1: NaN },
});

describe("lossByLearningRate", () => {
  const layers = layersOf(lossByLearningRate(series));

  it("draws a point for each seed that finished, with what the tooltip says", () => {
    const [points] = layers.filter(({ mark }) => mark["size"] === 45);
    assert.equal(points?.data.values.length, 5 * 2);
    assert.deepEqual(points?.data.values[0], {
      series: "AdamW",
      rate: 1e-4,
      rateText: "1e-4",
      seed: 2000,
      loss: 0.6,
      lossText: "0.600",
      accuracy: "70.0%",
    });
  });

  it("draws the mean as a line that leaves the plot towards a rate where runs diverged", () => {
    const [line] = layers.filter(({ mark }) => mark.type === "line");
    const sing = line?.data.values.filter(({ series }) => series === "SING");
    assert.deepEqual(sing?.slice(0, 2), [
      { series: "SING", rate: 1e-3, loss: 0.5 },
      { series: "SING", rate: 1e-2, loss: 0.4 },
    ]);
    const ceiling = line?.encoding["y"].scale.domain[1];
    // Where the straight line of the log-log plot from 0.4 to the loss from before training meets it.
    const way = Math.log(ceiling / 0.4) / Math.log(2.31 / 0.4);
    const { rate, loss } = sing![2]!;
    assert.equal(loss, ceiling);
    assert.ok(Math.abs(Math.log10(Number(rate)) - (way - 2)) < 1e-4);
    assert.equal(sing?.length, 3);
  });

  it("joins the means there are", () => {
    const [adamw] = series;
    const [first, second, third] = adamw!.rates;
    const { loss: _, ...without } = second!;
    const rates = [first!, without, third!];
    const drawn = layersOf(lossByLearningRate([{ ...adamw!, rates }]));
    const [line] = drawn.filter(({ mark }) => mark.type === "line");
    assert.deepEqual(
      line?.data.values.map(({ rate, loss }) => [rate, loss]),
      [[1e-4, 0.6], [1e-2, 0.5]],
    );
  });

  it("names the best points, of neighbours below the lowest of them", () => {
    const near = 0.0177828; // a quarter of a decade above AdamW's
    const namesOf = (all: typeof series, axis?: ResponseAxis) =>
      layersOf(lossByLearningRate(all, [], axis)).filter(({ mark, data }) =>
        mark.type === "text" && mark["stroke"] && data.values[0]?.["loss"]
      ).map(({ mark, data }) => [data.values[0]?.["loss"], mark["dy"]]);
    const close = seriesOf({ adamw: { 1e-2: 0.5 }, sing: { [near]: 0.4 } });
    assert.deepEqual(namesOf(close), [[0.4, 20], [0.4, 38]]);
    assert.deepEqual(namesOf(series), [[0.45, 20], [0.4, 20]]);
    // A decade apart, as there, but of eight: on a phone the names would meet.
    const axis = { title: "learning rate", rule: 1e4 };
    assert.deepEqual(namesOf(series, axis), [[0.4, 20], [0.4, 38]]);
  });

  it("gives names room below the points, a line each", () => {
    const lowest = (all: typeof series) =>
      layersOf(lossByLearningRate(all)).at(-1)?.encoding["y"].scale.domain[0];
    const one = seriesOf({ adamw: { 1e-2: 0.5, 1e-3: 0.6 } });
    const two = seriesOf({
      adamw: { 1e-2: 0.5, 1e-3: 0.6 },
      sing: { 1e-2: 0.5, 1e-3: 0.6 },
    });
    assert.ok(lowest(two) < lowest(one) && lowest(one) < 0.5);
  });

  it("writes the count of diverged runs, and the best of each by name", () => {
    const labels = layers.flatMap(({ mark, data, encoding }) =>
      mark.type === "text" && encoding["color"]
        ? data.values.map(({ label }) => label)
        : []
    );
    assert.deepEqual(labels, ["2", "AdamW", "SING"]);
  });

  it("counts the diverged runs in a strip that takes no room where there are none", () => {
    const counts = layers.flatMap(({ data }) => data.values)
      .filter(({ text }) => typeof text === "string");
    assert.deepEqual(
      counts.map(({ series, rate, text }) => [series, rate, text]),
      [["SING", 1e-1, "2 of 2 runs diverged"]],
    );
    const calm = layersOf(
      lossByLearningRate(seriesOf({ sing: { 1e-3: 0.5, 1e-2: 0.4 } })),
    );
    assert.equal(calm[0]?.encoding["y"].scale.range[1], 0);
    assert.ok(calm.every(({ mark }) => mark.type !== "rect"));
  });

  it("marks listed rates as hollow squares, but for those that divergence lifts off", () => {
    const listed = [[5e-3, 0.42], [5e-1, 2.3]].map(([learningRate, loss]) => ({
      learningRate: learningRate!,
      loss: loss!,
      trials: [],
      n: 2,
      diverged: 0,
    }));
    const marks = layersOf(lossByLearningRate(series, listed))
      .filter(({ mark }) => JSON.stringify(mark).includes("square"));
    assert.deepEqual(
      marks.map(({ data }) =>
        data.values.map(({ rate, loss }) => [rate, loss])
      ),
      [[[5e-3, 0.42]]],
    );
  });

  it("labels round learning rates on a logarithmic axis", () => {
    const { scale, axis } = layers.at(-1)?.encoding["x"] ?? {};
    assert.equal(scale.type, "log");
    assert.deepEqual(axis.values, [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]);
  });

  it("gives each optimizer its colour, and a shape and a dash beside it", () => {
    const { color } = layers.at(-1)?.encoding ?? {};
    assert.deepEqual(color.scale, {
      domain: ["AdamW", "SING"],
      range: ["var(--adamw)", "var(--sing)"],
    });
    const shapes = layers.flatMap(({ encoding }) =>
      encoding["shape"]?.scale.range ?? []
    );
    assert.deepEqual(shapes.slice(0, 2), ["triangle-up", "circle"]);
  });
});

describe("describeLossByLearningRate", () => {
  it("says in numbers what is seen", () => {
    assert.equal(
      describeLossByLearningRate(series),
      "AdamW, learning rates 1e-4 to 1e-2: best rate 1.5e-3 (90% interval 1.2e-3 to 1.9e-3), the mean of the seeds' own; lowest mean loss 0.450 at 1e-3 (2 seeds); no run diverged. " +
        "SING, learning rates 1e-3 to 1e-1: best rate 1.3e-2 (90% interval 7.9e-3 to 2.2e-2), the mean of the seeds' own; lowest mean loss 0.400 at 1e-2 (2 seeds); diverged runs: 2 of 2 at 1e-1.",
    );
  });

  it("names no number where there is none", () => {
    assert.equal(
      describeLossByLearningRate(seriesOf({ sing: { 1e-2: NaN } })),
      "SING, learning rates 1e-2: no rate at which a run learned; diverged runs: 2 of 2 at 1e-2.",
    );
  });
});

/** Two seeds at each rate with the same loss; NaN is a diverged run. */
function seriesOf(
  losses: Readonly<Record<string, Readonly<Record<number, number>>>>,
): StudyRuns["series"] {
  const { study, runs } = exampleStudy({
    seeds: 2,
    optima: Object.fromEntries(
      Object.keys(losses).map((arm) => [arm, arm === "sing" ? -2 : -3]),
    ),
    outcome: ({ arm, learningRate }, summary) => {
      const finalLoss = losses[arm]?.[learningRate];
      return finalLoss === undefined ? null : {
        ...summary,
        state: Number.isNaN(finalLoss) ? "diverged" : "finished",
        finalLoss,
        lastTrainLoss: finalLoss,
        finalAccuracy: 0.7,
      };
    },
  });
  const cases = study.cases.filter(({ arm, learningRate }) =>
    losses[arm]?.[learningRate] !== undefined
  );
  return workloadFrom({ study: { ...study, cases }, runs }).series;
}

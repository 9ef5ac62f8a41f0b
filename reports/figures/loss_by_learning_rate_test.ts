import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { SpecLayer } from "../testdata/charts.ts";
import { exampleStudy } from "../testdata/studies.ts";
import { type Series, type StudyRuns, studyRuns } from "../workload.ts";
import {
  bestLayers,
  bestRows,
  describeLossByLearningRate,
  lossByLearningRate,
  meanLine,
  nameRoom,
} from "./loss_by_learning_rate.ts";

/** Losses by learning rate: each optimizer at three rates, one of which SING does not survive. */
const series = seriesOf({
  adamw: { 1e-4: 0.6, 1e-3: 0.45, 1e-2: 0.5 },
  sing: { 1e-3: 0.5, 1e-2: 0.4, 1e-1: NaN },
});

describe("lossByLearningRate", () => {
  const layers = layersOf(lossByLearningRate(series));

  it("draws a point for each seed that finished, with what the tooltip says", () => {
    const [points] = layers.filter(({ mark }) => mark.size === 45);
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
    assert.equal(sing?.[2]?.["loss"], ceiling);
    assert.equal(sing?.length, 3);
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
  const byId = new Map(runs.map((run) => [run.id, run]));
  return studyRuns({ ...study, cases }, byId).series;
}

interface Layer {
  readonly mark: { readonly type: string; readonly size?: number };
  readonly data: { readonly values: readonly Record<string, unknown>[] };
  // deno-lint-ignore no-explicit-any -- a spec is read by its parts
  readonly encoding: Readonly<Record<string, any>>;
}

function layersOf(spec: ReturnType<typeof lossByLearningRate>): Layer[] {
  assert.ok(spec && "layer" in spec);
  return spec.layer as unknown as Layer[];
}

const at = (learningRate: number, loss?: number) => ({
  learningRate,
  ...loss !== undefined && { loss },
  trials: [],
  n: 1,
  diverged: 0,
});

describe("meanLine", () => {
  it("joins the means there are", () => {
    const rates = [at(1e-3, 0.5), at(1e-2), at(1e-1, 0.4)];
    assert.deepEqual(meanLine({ rates }, 1), [
      { rate: 1e-3, loss: 0.5 },
      { rate: 1e-1, loss: 0.4 },
    ]);
  });

  it("ends on the ceiling, where the straight line of the log-log plot meets it", () => {
    const rates = [at(1e-4, 4), at(1e-3, 0.25), at(1e-2, 4), at(1e-1, 4)];
    const line = meanLine({ rates }, 1);
    assert.deepEqual(line.map(({ loss }) => loss), [1, 0.25, 1]);
    // 1 is halfway from 0.25 to 4 in logarithms
    assert.ok(Math.abs(Math.log10(line[0]?.rate ?? 0) + 3.5) < 1e-12);
    assert.ok(Math.abs(Math.log10(line[2]?.rate ?? 0) + 2.5) < 1e-12);
  });
});

function bestSeries(arm: string, learningRate: number, loss: number): Series {
  const point = { learningRate, trials: [], n: 3, diverged: 0, loss };
  return { arm, weightDecay: 0, oneOfMany: false, rates: [point], best: point };
}

describe("bestRows", () => {
  it("stacks the names of neighbours below their lowest point", () => {
    const rows = bestRows([
      bestSeries("a", 1e-2, 0.5),
      bestSeries("b", 2e-2, 0.4),
      bestSeries("c", 1e-1, 0.45), // near b, if not a
      bestSeries("d", 1e1, 0.6),
    ]);
    assert.deepEqual(
      rows.map(({ series, below, level }) => [series, below, level]),
      [["a", 0.4, 0], ["b", 0.4, 1], ["c", 0.4, 2], ["d", 0.6, 0]],
    );
  });

  it("has nothing for a series without a best point", () => {
    const { best: _, ...without } = bestSeries("a", 1e-2, 0.5);
    assert.deepEqual(bestRows([without]), []);
  });
});

describe("nameRoom", () => {
  it("grows by a line with each name", () => {
    const rows = bestRows([bestSeries("a", 1, 0.5), bestSeries("b", 2, 0.5)]);
    assert.equal(nameRoom(rows) - nameRoom(rows.slice(0, 1)), 18);
    assert.ok(nameRoom([]) > 0);
  });
});

describe("bestLayers", () => {
  it("draws each point where it is, and its name where it was put", () => {
    const rows = bestRows([
      bestSeries("a", 1e-2, 0.5),
      bestSeries("b", 2e-2, 0.4),
    ]);
    const place = { x: {}, y: {}, color: {}, shape: {} };
    const [points, halo, name] = bestLayers(
      rows,
      place,
    ) as unknown as SpecLayer[];
    assert.deepEqual(points?.data.values, [
      {
        series: "a",
        rate: 1e-2,
        loss: 0.5,
        rateText: "1e-2",
        lossText: "0.500",
      },
      {
        series: "b",
        rate: 2e-2,
        loss: 0.4,
        rateText: "2e-2",
        lossText: "0.400",
      },
    ]);
    for (const layer of [halo, name]) {
      assert.equal(layer?.data.values[0]?.["label"], "a 1e-2");
      assert.equal(layer?.data.values[0]?.["loss"], 0.4);
    }
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { SpecLayer } from "../testdata/spec_layers.ts";
import type { Series } from "../workload.ts";
import { bestLayers, bestRows, nameRoom } from "./loss_by_learning_rate.ts";

function series(arm: string, learningRate: number, loss: number): Series {
  const point = { learningRate, trials: [], n: 3, diverged: 0, loss };
  return { arm, weightDecay: 0, oneOfMany: false, rates: [point], best: point };
}

describe("bestRows", () => {
  it("stacks the names of neighbours below their lowest point", () => {
    const rows = bestRows([
      series("a", 1e-2, 0.5),
      series("b", 2e-2, 0.4),
      series("c", 1e-1, 0.45), // near b, if not a
      series("d", 1e1, 0.6),
    ]);
    assert.deepEqual(
      rows.map(({ series, below, level }) => [series, below, level]),
      [["a", 0.4, 0], ["b", 0.4, 1], ["c", 0.4, 2], ["d", 0.6, 0]],
    );
  });

  it("has nothing for a series without a best point", () => {
    const { best: _, ...without } = series("a", 1e-2, 0.5);
    assert.deepEqual(bestRows([without]), []);
  });
});

describe("nameRoom", () => {
  it("grows by a line with each name", () => {
    const rows = bestRows([series("a", 1, 0.5), series("b", 2, 0.5)]);
    assert.equal(nameRoom(rows) - nameRoom(rows.slice(0, 1)), 18);
    assert.ok(nameRoom([]) > 0);
  });
});

describe("bestLayers", () => {
  it("draws each point where it is, and its name where it was put", () => {
    const rows = bestRows([series("a", 1e-2, 0.5), series("b", 2e-2, 0.4)]);
    const place = { x: {}, y: {}, color: {}, shape: {} };
    const [points, halo, name] = bestLayers(rows, place) as SpecLayer[];
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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { type Breaking, brokenRate } from "./edge_of_breaking.ts";

const breaking: Breaking = {
  arm: "sing",
  rates: [[0.01, 0], [0.1, 1], [1, 2]].map(([learningRate, broken], i) => ({
    learningRate: learningRate!,
    position: 4 * (i - 2),
    broken: broken!,
    n: 2,
    interval: { low: 0.1, high: 0.9 },
  })),
  best: [0.01, 0.04],
  edges: [0.3, null],
  seeds: [2000, 2001],
};

describe("brokenRate", () => {
  const layers = layersOf(brokenRate(breaking));

  it("draws the share of broken seeds at each rate with its interval", () => {
    const shares = rowsOf(layers, { type: "point", size: 90 });
    assert.deepEqual(shares.map(({ rate, share }) => [rate, share]), [
      [0.01, 0],
      [0.1, 0.5],
      [1, 1],
    ]);
    assert.equal(shares[1]?.["brokenText"], "1 of 2 seeds");
    assert.equal(shares[1]?.["intervalText"], "10.0% to 90.0%");
  });

  it("shows each seed's best rate and the edges there are", () => {
    assert.deepEqual(
      rowsOf(layers, { size: 55 }).map(({ what, rate, seed }) => [
        what,
        rate,
        seed,
      ]),
      [["best", 0.01, 2000], ["best", 0.04, 2001], ["edge", 0.3, 2000]],
    );
  });

  it("names the means, on the side that has room", () => {
    const labels = layers.filter(({ mark }) =>
      mark.type === "text" && mark["fontSize"] === 12
    );
    assert.deepEqual(
      labels.map((
        { data, mark },
      ) => [data.values[0]?.["label"], mark["align"]]),
      [["mean best 2e-2", "left"], ["mean edge 3e-1", "right"]],
    );
  });
});

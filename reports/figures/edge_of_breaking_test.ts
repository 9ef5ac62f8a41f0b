import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import { learningRateStudy, workloadFrom } from "../testdata/studies.ts";
import {
  type Breaking,
  breakingOf,
  brokenRate,
  describeBrokenRate,
} from "./edge_of_breaking.ts";

describe("breakingOf", () => {
  it("takes the tuned grid with what was run above it, and each seed's edge", () => {
    const breaking = breakingOf(workloadFrom(learningRateStudy()), "sing");
    assert.ok(breaking);
    assert.deepEqual(
      breaking.rates.map(({ broken }) => broken),
      [0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5], // 1e-3 to 0.32, broken from 0.1 on
    );
    // Between 10^-1.25 and 10^-1
    for (const edge of breaking.edges) {
      assert.ok(Math.abs(Math.log10(edge!) + 1.125) < 1e-9);
    }
    assert.equal(breaking.best.length, 5);
  });

  it("leaves the edge open where a seed never broke, and says up to where", () => {
    const calm = learningRateStudy({
      outcome: ({ seed }, summary) =>
        seed === 2000
          ? {
            ...summary,
            state: "finished",
            finalLoss: 0.5,
            lastTrainLoss: 0.5,
          }
          : summary,
    });
    const breaking = breakingOf(workloadFrom(calm), "sing");
    assert.ok(breaking);
    assert.equal(breaking.edges[0], null);
    assert.match(
      describeBrokenRate(breaking),
      /^SING: seeds that broke: 4 of 5 at 1e-1, 4 of 5 at 1\.8e-1 and 4 of 5 at 3\.2e-1\. The mean best learning rate of these 5 seeds is \S+, the mean edge of those that broke 7\.5e-2\. 1 seed never broke, up to 3\.2e-1\.$/,
    );
  });

  it("is null while a run is missing, and has no place in runs that all diverged", () => {
    const missing = learningRateStudy({
      outcome: ({ stage, seed }, summary) =>
        stage === "edge" && seed === 2003 ? null : summary,
    });
    assert.equal(breakingOf(workloadFrom(missing), "sing"), null);
    const lost = learningRateStudy({
      outcome: (_, summary) => ({ ...summary, finalLoss: NaN }),
    });
    const breaking = breakingOf(workloadFrom(lost), "sing");
    assert.deepEqual([breaking?.best, breaking?.edges], [[], []]);
  });
});

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

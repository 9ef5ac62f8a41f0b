import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import type { Series } from "../workload.ts";
import { bestRates, describeBestRates } from "./best_rates.ts";

const cnn = {
  workload: "CNN",
  series: [best("adamw", 1e-3), best("sing", 8e-3)],
};
const vit = { workload: "ViT", series: [best("adamw", 3e-4)] };

describe("bestRates", () => {
  const rows = rowsOf(layersOf(bestRates([cnn, vit])), {});

  it("draws each optimizer's best in a row for each workload", () => {
    const points = rows.filter(({ rateText }) => rateText !== undefined);
    assert.deepEqual(
      new Set(
        points.map((row) =>
          `${row["workload"]} ${row["series"]} ${row["rate"]}`
        ),
      ),
      new Set(["CNN AdamW 0.001", "CNN SING 0.008", "ViT AdamW 0.0003"]),
    );
  });

  it("rings the rate that the rule of thumb names, and writes the ratio", () => {
    const rings = rows.filter(({ text }) => text !== undefined);
    assert.deepEqual(rings, [
      { workload: "CNN", rate: 0.01, text: "10 × AdamW's best: 1e-2" },
    ]);
    assert.deepEqual(
      rows.flatMap(({ label }) => label ?? []),
      ["8.0×"],
    );
  });

  for (const rate of [2e-3, 1e-3]) {
    it(`keeps the names of 1e-3 and ${rate} apart`, () => {
      const close = {
        ...cnn,
        series: [best("adamw", 1e-3), best("sing", rate)],
      };
      const aligned = rowsOf(layersOf(bestRates([close])), {})
        .flatMap(({ series, align }) => align ? `${series} ${align}` : []);
      assert.deepEqual(new Set(aligned), new Set(["AdamW right", "SING left"]));
    });
  }
});

describe("describeBestRates", () => {
  it("says in numbers what is seen, and what is not there", () => {
    const none = { workload: "MLP", series: [] };
    assert.equal(
      describeBestRates([cnn, vit, none]),
      "CNN: AdamW 1e-3 (lowest point of the grid), SING 8e-3 (lowest point of the grid), a ratio of 8.0×. ViT: AdamW 3e-4 (lowest point of the grid). MLP: no best rate yet.",
    );
  });
});

function best(arm: string, learningRate: number): Series {
  const point = { learningRate, trials: [], n: 3, diverged: 0, loss: 0.4 };
  return { arm, weightDecay: 0, oneOfMany: false, rates: [point], best: point };
}

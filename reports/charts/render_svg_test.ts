import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { bestRates } from "../figures/best_rates.ts";
import { lossByLearningRate } from "../figures/loss_by_learning_rate.ts";
import { curveOf, lossByStep } from "../figures/loss_by_step.ts";
import { exampleStudy } from "../testdata/example_study.ts";
import { workloadOf } from "../workload.ts";
import { renderSvg, renderSvgs } from "./figure.ts";

/** Side by side: a width that no view could be told. */
const twins: TopLevelSpec = {
  hconcat: [1, 2].map((value) => ({
    data: { values: [{ value }] },
    mark: "point",
    encoding: { x: { field: "value", type: "quantitative" } },
  })),
};

describe("renderSvgs", () => {
  for (const [name, spec] of Object.entries({ ...charts(), twins })) {
    it(`draws ${name} at each width as if alone`, async () => {
      assert.ok(spec);
      const widths = [888, 330, 888];
      const together = await renderSvgs(spec, widths);
      for (const [index, width] of widths.entries()) {
        assert.equal(together[index], await renderSvg(spec, width));
      }
    });
  }

  it("draws what fits the width", async () => {
    const [wide = "", narrow = ""] = await renderSvgs(
      charts().lossByStep as TopLevelSpec,
      [888, 330],
    );
    assert.ok(viewWidth(wide) > viewWidth(narrow) + 500);
  });
});

function viewWidth(svg: string): number {
  return Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
}

function charts() {
  const { study, runs } = exampleStudy({ seeds: 2 });
  const { series } = workloadOf(study, new Map(runs.map((r) => [r.id, r])));
  const curves = series.flatMap((one) =>
    one.best ? [curveOf(one, one.best.learningRate, runs)] : []
  );
  return {
    bestRates: bestRates([{ workload: "ViT", series }]),
    lossByLearningRate: lossByLearningRate(series),
    lossByStep: lossByStep(curves),
  };
}

import { describe, it } from "@std/testing/bdd";
import Ajv from "ajv";
import assert from "node:assert/strict";
import { compile, type TopLevelSpec } from "vega-lite";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };
import { bestRates } from "../figures/best_rates.ts";
import { lossByLearningRate } from "../figures/loss_by_learning_rate.ts";
import { curveOf, lossByStep } from "../figures/loss_by_step.ts";
import { changes } from "../testdata/changes.ts";
import { experimentCharts } from "../testdata/charts.ts";
import { type ExampleOptions, exampleStudy } from "../testdata/studies.ts";
import { studyRuns } from "../workload.ts";
import { renderSvg } from "./figure.ts";

const validate = new Ajv.default({ strict: false, validateFormats: false })
  .compile(schema);

const studies: Readonly<Record<string, ExampleOptions>> = {
  "a whole study": {},
  "one optimizer": { optima: { adamw: -3 } },
  "an unknown optimizer": { optima: { "</text><script>": -2, adamw: -3 } },
  "one seed, no divergence": { seeds: 1, cliff: 9 },
  "losses that are all the same": {
    outcome: (_, summary) => ({ ...summary, finalLoss: 0.5 }),
  },
};

describe("every chart", () => {
  for (const [what, options] of Object.entries(studies)) {
    for (const [name, spec] of Object.entries(chartsOf(options))) {
      it(`${name} of ${what} is Vega-Lite by its schema, and compiles without a warning`, () => {
        assert.ok(spec);
        assert.ok(validate(spec), JSON.stringify(validate.errors?.slice(0, 3)));
        const warnings: unknown[] = [];
        compile(spec, { logger: collecting(warnings) });
        assert.deepEqual(warnings, []);
      });

      it(`${name} of ${what} draws marks, and no text that a name could turn into code`, async () => {
        const svg = await renderSvg(spec as TopLevelSpec, 330);
        assert.match(svg, /^<svg [^>]*viewBox="0 0 \d+ \d+"/);
        assert.match(svg, /var\(--adamw\)/);
        assert.ok(!svg.includes("NaN"));
        assert.ok(!svg.includes("<script"));
        assert.ok(!/ style=/.test(svg), "the page's policy forbids styles");
      });
    }
  }

  for (const [what, change] of Object.entries(changes)) {
    for (const [name, spec] of Object.entries(experimentCharts(change))) {
      it(`${name} of ${what} is Vega-Lite by its schema, and drawn without a warning`, async () => {
        if (what === "all its runs") assert.ok(spec);
        if (!spec) return;
        assert.ok(validate(spec), JSON.stringify(validate.errors?.slice(0, 3)));
        const warnings: unknown[] = [];
        compile(spec, { logger: collecting(warnings) });
        assert.deepEqual(warnings, []);
        const svg = await renderSvg(spec, 330);
        assert.ok(!/NaN|Infinity|undefined/.test(svg));
        assert.ok(!/<script| style=/.test(svg));
      });
    }
  }

  it("is not drawn where there is nothing to draw", () => {
    for (const options of [{ outcome: () => null }, diverged]) {
      const charts = chartsOf(options);
      assert.deepEqual(new Set(Object.values(charts)), new Set([null]));
    }
    const charts = experimentCharts({ outcome: () => null });
    assert.deepEqual(new Set(Object.values(charts)), new Set([null]));
  });
});

const diverged: ExampleOptions = {
  outcome: (_, summary) => ({
    ...summary,
    state: "diverged",
    finalLoss: NaN,
  }),
};

function chartsOf(
  options: ExampleOptions,
): Readonly<Record<string, TopLevelSpec | null>> {
  const { study, runs } = exampleStudy(options);
  const byId = new Map(runs.map((run) => [run.id, run]));
  const { series } = studyRuns(study, byId);
  const curves = series.flatMap((one) => {
    if (!one.best) return [];
    const best = one.best.trials.flatMap(({ runId }) => byId.get(runId) ?? []);
    return [curveOf(one, one.best.learningRate, best)];
  });
  return {
    lossByLearningRate: lossByLearningRate(series),
    lossByStep: lossByStep(curves),
    bestRates: bestRates([{ workload: "a network", series }]),
  };
}

function collecting(warnings: unknown[]) {
  const logger = {
    level: () => logger,
    warn: (...args: unknown[]) => (warnings.push(args), logger),
    error: (...args: unknown[]) => (warnings.push(args), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}

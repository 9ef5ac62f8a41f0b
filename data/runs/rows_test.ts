import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  decodeHeader,
  decodeMetric,
  decodeSummary,
  encodeRow,
} from "./codec.ts";
import type { TrainMetric } from "./record.ts";
import {
  exampleConfig,
  exampleHeader,
  exampleMetrics,
  exampleSummary,
} from "./testdata/example_run.ts";

describe("encodeRow", () => {
  it("writes one line that decodes to the same row", () => {
    const header = exampleHeader();
    assert.deepEqual(decodeHeader(line(header)), header);
    for (const metric of exampleMetrics) {
      assert.deepEqual(decodeMetric(line(metric)), metric);
    }
    assert.deepEqual(decodeSummary(line(exampleSummary)), exampleSummary);
  });

  for (const loss of [NaN, Infinity, -Infinity]) {
    it(`keeps a loss of ${loss}`, () => {
      const row: TrainMetric = {
        kind: "train",
        step: 1,
        loss,
        learningRate: 1,
      };
      assert.ok(line(row).includes(`"loss":"${loss}"`));
      assert.deepEqual(decodeMetric(line(row)), row);
      const summary = { ...exampleSummary, finalLoss: loss };
      assert.deepEqual(decodeSummary(line(summary)), summary);
    });
  }
});

describe("decodeMetric", () => {
  const parameters = {
    kind: "parameters",
    step: 0,
    parameters: [{ name: "norm/gain", shape: [8], rescales: true }],
  };
  const gradients = { kind: "gradients", step: 3, loss: 2.1 };

  it("takes parameters, and gradient norms with those that blew up", () => {
    assert.deepEqual(decodeMetric(JSON.stringify(parameters)), parameters);
    const row = { ...gradients, norms: [0.25, "Infinity", "NaN"] };
    assert.deepEqual(decodeMetric(JSON.stringify(row)), {
      ...gradients,
      norms: [0.25, Infinity, NaN],
    });
  });

  it("refuses parameters and norms that are none", () => {
    const [first] = parameters.parameters;
    const nameless = { ...parameters, parameters: [{ ...first, name: 7 }] };
    assert.throws(
      () => decodeMetric(JSON.stringify(nameless)),
      /not a list of parameters$/,
    );
    assert.throws(
      () => decodeMetric(JSON.stringify({ ...gradients, norms: ["much"] })),
      /not a list of numbers$/,
    );
  });
});

describe("decodeHeader", () => {
  const header = exampleHeader();
  const damaged: readonly (readonly [string, unknown, RegExp])[] = [
    ["text that is not JSON", "oops", /^the header is not an object$/],
    ["a list", [], /^the header is not an object$/],
    ["another row", exampleSummary, /^the header's kind is "summary"/],
    [
      "a newer schema",
      { ...header, schema: 2, novelty: 1 },
      /^it was written by a newer Tenfold \(schema 2, this one reads 1\)$/,
    ],
    [
      "a missing field",
      { ...header, startedAt: undefined },
      /^the header's startedAt is missing, not text$/,
    ],
    [
      "a field of another kind",
      { ...header, provenance: { ...header.provenance, cores: "2" } },
      /^the provenance's cores is "2", not a whole number from 0$/,
    ],
    [
      "a learning rate that is not finite",
      { ...header, config: { ...header.config, learningRate: "NaN" } },
      /^the configuration's learningRate is "NaN", not a finite number above 0$/,
    ],
    [
      "a configuration changed by hand",
      { ...header, config: exampleConfig({ seed: 4 }) },
      /^its configuration is not that of run [0-9a-f]{16}$/,
    ],
    [
      "a configuration that has no id",
      { ...header, config: { ...header.config, "model.width": [16] } },
      /^its configuration is not that of run/,
    ],
  ];
  for (const [what, value, message] of damaged) {
    it(`refuses ${what}`, () => {
      assert.throws(() => decodeHeader(JSON.stringify(value)), {
        name: "Malformed",
        message,
      });
    });
  }

  it("refuses a line that is cut", () => {
    assert.throws(() => decodeHeader(line(header).slice(0, 50)), {
      message: "the header is not JSON",
    });
  });
});

describe("decodeMetric", () => {
  it("refuses a loss that is no number", () => {
    const row = { ...exampleMetrics[1], loss: "low" };
    assert.throws(() => decodeMetric(JSON.stringify(row)), {
      message: `the metric's loss is "low", not a number`,
    });
  });

  it("refuses an evaluation of a split that does not exist", () => {
    const row = { ...exampleMetrics[0], split: "training" };
    assert.throws(() => decodeMetric(JSON.stringify(row)), {
      message: `the evaluation's split is "training", not validation or test`,
    });
  });
});

function line(row: Parameters<typeof encodeRow>[0]): string {
  const encoded = encodeRow(row);
  assert.equal(encoded.indexOf("\n"), encoded.length - 1);
  return encoded.slice(0, -1);
}

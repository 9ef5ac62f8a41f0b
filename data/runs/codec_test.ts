import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  decodeHeader,
  decodeMetric,
  decodeStudy,
  decodeSummary,
  encodeRow,
} from "./codec.ts";
import type { Study, StudyLook, TrainMetric } from "./record.ts";
import {
  EXAMPLE_METRICS,
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
  studyOf,
} from "./testdata/example_run.ts";

describe("encodeRow", () => {
  it("writes one line that decodes to the same row", () => {
    const header = exampleHeader();
    assert.deepEqual(decodeHeader(line(header)), header);
    for (const metric of EXAMPLE_METRICS) {
      assert.deepEqual(decodeMetric(line(metric)), metric);
    }
    assert.deepEqual(decodeSummary(line(EXAMPLE_SUMMARY)), EXAMPLE_SUMMARY);
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
      const summary = { ...EXAMPLE_SUMMARY, finalLoss: loss };
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

  const damaged: readonly (readonly [object, string])[] = [
    [
      { ...parameters, parameters: [{ name: 7 }] },
      `the parameters's parameters is [{"name":7}], not a list of parameters`,
    ],
    [
      { ...gradients, norms: ["much"] },
      `the gradients's norms is ["much"], not a list of numbers`,
    ],
    [
      { ...EXAMPLE_METRICS[1], loss: "low" },
      `the metric's loss is "low", not a number`,
    ],
    [
      { ...EXAMPLE_METRICS[0], split: "training" },
      `the evaluation's split is "training", not validation or test`,
    ],
  ];
  for (const [row, message] of damaged) {
    it(`says that ${message}`, () => {
      assert.throws(() => decodeMetric(JSON.stringify(row)), { message });
    });
  }
});

describe("decodeHeader", () => {
  const header = exampleHeader();
  const damaged: readonly (readonly [string, unknown, RegExp])[] = [
    ["text that is not JSON", "oops", /^the header is not an object$/],
    ["a list", [], /^the header is not an object$/],
    ["another row", EXAMPLE_SUMMARY, /^the header's kind is "summary"/],
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

describe("decodeStudy", () => {
  const study = studyOf([exampleHeader().id]);
  const look: StudyLook = {
    ...{ question: "H1", look: 1, seeds: 4, mean: 0.7, sd: null },
    ...{ allowance: 0.01, interval90: [0.6, 0.8], interval95: null },
    ...{ openSides: ["sing above"], inReach: true, decision: "go on" },
  };
  const whole: Study = {
    ...study,
    parameters: [{ name: "w", shape: [3, 4], rescales: false }],
    title: "Learning rate",
    arms: [{ name: "sing", label: "SING", optimizer: "sing" }],
    comparisons: [{
      ...{ title: "listed against own", stage: "report" },
      ...{ candidate: "sing listed", reference: "sing" },
    }],
    figures: ["edge_of_breaking"],
    plan: { kind: "night", hash: "0f".repeat(32), settings: { looks: [4, 6] } },
    looks: [look],
  };

  it("returns what was encoded", () => {
    for (const one of [study, whole]) {
      assert.deepEqual(decodeStudy(JSON.stringify(one)), one);
    }
  });

  const damaged: readonly (readonly [object, string])[] = [
    [{ title: 7 }, "the study's title is 7, not text"],
    [{ method: [1] }, "the study's method is [1], not a list of text"],
    [{ cases: 1 }, "the study's cases is 1, not a list of objects"],
    [
      { parameters: [{ name: "w" }] },
      `the study's parameters is [{"name":"w"}], not a list of parameters`,
    ],
    [{ arms: [{ name: "sing" }] }, "the arm's label is missing, not text"],
    [
      { comparisons: [{ ...whole.comparisons![0], stage: "tune" }] },
      `the comparison's stage is "tune", not report or final`,
    ],
    [{ figures: "all" }, `the study's figures is "all", not a list of text`],
    [
      { plan: { ...whole.plan, kind: "day" } },
      `the plan's kind is "day", not night or fixed`,
    ],
    [
      { plan: { ...whole.plan, settings: [] } },
      "the plan's settings is [], not an object",
    ],
    [
      { looks: [{ ...look, mean: "high" }] },
      `the look's mean is "high", not a finite number or null`,
    ],
    [
      { looks: [{ ...look, interval95: [1] }] },
      "the look's interval95 is [1], not two finite numbers or null",
    ],
  ];
  for (const [change, message] of damaged) {
    it(`says that ${message}`, () => {
      const text = JSON.stringify({ ...whole, ...change });
      assert.throws(() => decodeStudy(text), { name: "Malformed", message });
    });
  }

  it("refuses a run id that could lead out of the store", () => {
    const cases = [{ ...study.cases[0], runId: "../../secret" }];
    assert.throws(() => decodeStudy(JSON.stringify({ ...study, cases })), {
      message: `the case's runId is "../../secret", not a run id`,
    });
  });

  const rates: readonly (readonly [object, string])[] = [
    [{ learningRate: 0 }, "a number from 1e-30 to 1e30"],
    [{ learningRate: 5e-324 }, "a number from 1e-30 to 1e30"],
    [{ learningRate: 1.7e308 }, "a number from 1e-30 to 1e30"],
    [{ weightDecay: -1 }, "0 or a number from 1e-30 to 1e30"],
    [{ weightDecay: 5e-324 }, "0 or a number from 1e-30 to 1e30"],
  ];
  for (const [change, expects] of rates) {
    it(`refuses ${JSON.stringify(change)}, which no axis can show`, () => {
      const cases = [{ ...study.cases[0]!, ...change }];
      const [[name, value] = []] = Object.entries(change);
      assert.throws(() => decodeStudy(JSON.stringify({ ...study, cases })), {
        message: `the case's ${name} is ${value}, not ${expects}`,
      });
    });
  }

  it("refuses a newer schema", () => {
    assert.throws(() => decodeStudy(JSON.stringify({ ...study, schema: 7 })), {
      message: /newer Tenfold/,
    });
  });
});

function line(row: Parameters<typeof encodeRow>[0]): string {
  const encoded = encodeRow(row);
  assert.equal(encoded.indexOf("\n"), encoded.length - 1);
  return encoded.slice(0, -1);
}

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodeStudy } from "./codec.ts";
import type { Study } from "./record.ts";
import { exampleHeader } from "./testdata/example_run.ts";

describe("decodeStudy", () => {
  const study: Study = {
    schema: 1,
    experiment: "learning_rate",
    question: "Which?",
    command: "deno task run learning_rate",
    profile: "quick",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: ["So."],
    cases: [{
      runId: exampleHeader().id,
      stage: "tune",
      arm: "sing",
      learningRate: 1e-2,
      weightDecay: 0,
      seed: 3,
    }],
  };

  it("returns what was encoded", () => {
    assert.deepEqual(decodeStudy(JSON.stringify(study)), study);
  });

  it("refuses a run id that could lead out of the store", () => {
    const cases = [{ ...study.cases[0], runId: "../../secret" }];
    assert.throws(() => decodeStudy(JSON.stringify({ ...study, cases })), {
      message: `the case's runId is "../../secret", not a run id`,
    });
  });

  it("refuses a learning rate that no logarithmic axis can show", () => {
    const cases = [{ ...study.cases[0], learningRate: 0 }];
    assert.throws(() => decodeStudy(JSON.stringify({ ...study, cases })), {
      message: "the case's learningRate is 0, not a finite number above 0",
    });
  });

  it("refuses a newer schema", () => {
    assert.throws(() => decodeStudy(JSON.stringify({ ...study, schema: 7 })), {
      message: /newer Tenfold/,
    });
  });
});

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RUN_ID_PATTERN, runId } from "./record.ts";
import { exampleConfig } from "./testdata/example_run.ts";

describe("runId", () => {
  it("is the start of the SHA-256 of the sorted fields", () => {
    // printf '{"a":1e-7,"b":null,"c":"x","d":true}' | sha256sum
    const config = { d: true, c: "x", b: null, a: 1e-7 };
    assert.equal(runId(config as never), "ead9619cfc301591");
  });

  it("does not depend on the order of the fields", () => {
    const config = exampleConfig();
    const reversed = Object.fromEntries(Object.entries(config).reverse());
    assert.equal(runId(reversed as never), runId(config));
    assert.match(runId(config), RUN_ID_PATTERN);
  });

  it("changes with every field", () => {
    const config = exampleConfig();
    const ids = Object.keys(config).map((name) =>
      runId({ ...config, [name]: "changed" })
    );
    assert.equal(new Set([runId(config), ...ids]).size, ids.length + 1);
  });

  it("tells a number from the same digits as text", () => {
    const config = exampleConfig();
    assert.notEqual(
      runId({ ...config, "model.width": 16 }),
      runId({ ...config, "model.width": "16" }),
    );
  });

  for (const value of [NaN, Infinity, -0, undefined, [1], {}]) {
    it(`refuses ${Object.is(value, -0) ? "-0" : JSON.stringify(value)}`, () => {
      const config = { ...exampleConfig(), learningRate: value };
      assert.throws(
        () => runId(config as never),
        /^Error: Cannot name a run as .*: current value is learningRate = /,
      );
    });
  }
});

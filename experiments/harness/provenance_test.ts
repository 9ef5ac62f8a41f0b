import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { codeHash, sources } from "./provenance.ts";

describe("codeHash", () => {
  it("covers what trains, and nothing that plans or shows", () => {
    const files = sources();
    for (
      const file of [
        "deno.lock",
        "data/random.ts",
        "data/sets/batches.ts",
        "experiments/harness/evaluator.ts",
        "experiments/models/vit.ts",
        "experiments/tensorflow/compile.ts",
        "experiments/tensorflow/recording/graph.ts",
        "experiments/tensorflow/ops/gelu.ts",
        "optim/sing.ts",
        "optim/softplus.ts",
      ]
    ) assert.ok(files.includes(file), file);
    assert.ok(!files.some((file) => file.endsWith("_test.ts")));
    assert.ok(!files.includes("experiments/learning_rate.ts"));
    assert.ok(!files.includes("experiments/harness/runner.ts"));
  });

  it("is a SHA-256 that stays the same", () => {
    assert.match(codeHash(), /^[0-9a-f]{64}$/);
    assert.equal(codeHash(), codeHash());
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { exampleLine } from "../testdata/example_line.ts";
import { describeRun } from "./run_query.ts";

describe("describeRun", () => {
  it("tells how a run ended, where it comes from and how it was configured", () => {
    const origin = { Commit: "0123", TensorFlow: "2.21.0" };
    const config = { schedule: "warmup-cosine", "model.depth": null };
    assert.deepEqual(describeRun(exampleLine(), origin, config), [
      {
        title: "The run",
        facts: [
          ["Id", "0123456789abcdef"],
          ["State", "finished"],
          ["Loss before training", "2.31"],
          ["Training loss, last tenth", "0.430"],
          ["Steps", "1,200"],
          ["Time", "4.3 s"],
          ["Started", "2024-05-01 10:00 UTC"],
          ["Study", "Learning rate: Fashion-MNIST subset, ViT, quick"],
          ["To repeat it", "deno task run learning_rate --profile quick"],
        ],
      },
      {
        title: "Where it comes from",
        facts: [["Commit", "0123"], ["TensorFlow", "2.21.0"]],
      },
      { title: "Configuration", facts: [["schedule", "warmup-cosine"]] },
    ]);
  });

  it("gives the reason of a failure", () => {
    const run = exampleLine({ state: "failed", error: "out of memory" });
    const [first] = describeRun(run, undefined, undefined);
    const facts = new Map(first?.facts);
    assert.equal(facts.get("Reason"), "out of memory");
    assert.equal(facts.get("State"), "failed: it counts nowhere");
  });
});

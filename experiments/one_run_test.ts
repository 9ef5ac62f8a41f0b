import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadDataset } from "../data/sets/mod.ts";
import { exampleConfig, tinyVit } from "./training/testdata/example_config.ts";
import { Trainer } from "./training/trainer.ts";
import { oneRun } from "./one_run.ts";

const CONFIG = exampleConfig({
  ...{ ...tinyVit(7), "model.dim": 32, "model.depth": 2 },
  ...{ trainSize: 500, batchSize: 50, learningRate: 1e-2 },
});

describe("oneRun", () => {
  it("trains the same bits as the trainer of all experiments", async () => {
    const { losses, accuracy, loss } = await oneRun();
    const trainer = new Trainer(CONFIG, await loadDataset(CONFIG.dataset));
    const rows = await Array.fromAsync(trainer.run(CONFIG));
    trainer.dispose();
    const trained = rows.flatMap((row) => row.kind === "train" ? row.loss : []);
    assert.deepEqual(losses, trained);
    const summary = rows.at(-1)!;
    assert.ok(summary.kind === "summary" && summary.state === "finished");
    const { finalLoss, finalAccuracy } = summary;
    assert.deepEqual([loss, accuracy], [finalLoss, finalAccuracy]);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { RunConfig } from "../data/runs/record.ts";
import { loadDataset } from "../data/sets/mod.ts";
import { Trainer } from "./harness/trainer.ts";
import { oneRun } from "./one_run.ts";

const CONFIG = {
  revision: 1,
  seed: 1,
  dataset: "fashion-mnist-subset",
  datasetDigest: "",
  trainSize: 500,
  evaluationSplit: "validation",
  flip: false,
  crop: 0,
  model: "vit",
  "model.patch": 7,
  "model.dim": 32,
  "model.depth": 2,
  "model.heads": 2,
  "model.layerScale": null,
  optimizer: "sing",
  learningRate: 1e-2,
  weightDecay: 0,
  schedule: "warmup-cosine",
  warmup: 0.05,
  epochs: 2,
  batchSize: 50,
  backend: "tensorflow",
  device: "cpu",
  jit: "graph",
  intraOpThreads: 1,
  interOpThreads: 1,
} as const satisfies RunConfig;

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

import type { RunConfig } from "../../../data/runs/record.ts";

/** A run that takes well under a second: a tiny CNN, 60 images, 10 steps. */
export function exampleConfig(changes: Partial<RunConfig> = {}): RunConfig {
  return {
    revision: 1,
    seed: 1,
    dataset: "fashion-mnist-subset",
    datasetDigest: "",
    trainSize: 60,
    evaluationSplit: "validation",
    flip: false,
    crop: 0,
    model: "cnn",
    "model.widths": "4-8",
    "model.blocks": 1,
    optimizer: "sing",
    learningRate: 0.05,
    weightDecay: 0,
    schedule: "warmup-cosine",
    warmup: 0.05,
    epochs: 2,
    batchSize: 12,
    backend: "tensorflow",
    device: "cpu",
    jit: "graph",
    intraOpThreads: 1,
    interOpThreads: 1,
    ...changes,
  };
}

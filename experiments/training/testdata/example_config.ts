import type { RunConfig } from "../../../data/runs/record.ts";
import { exampleConfig as storedConfig } from "../../../data/runs/testdata/example_run.ts";

/** A run that takes well under a second: a tiny CNN, 60 images, 10 steps. */
export function exampleConfig(changes: Partial<RunConfig> = {}): RunConfig {
  const { "model.width": _, "optimizer.lookahead": __, ...stored } =
    storedConfig();
  return {
    ...stored,
    ...{ seed: 1, datasetDigest: "", trainSize: 60, batchSize: 12 },
    ...{ "model.widths": "4-8", "model.blocks": 1, learningRate: 0.05 },
    ...changes,
  };
}

/** Fields of a Vision Transformer as tiny. */
export function tinyVit(patch: number, layerScale: number | null = null) {
  return {
    ...{ model: "vit", "model.patch": patch, "model.dim": 8 },
    ...{ "model.depth": 1, "model.heads": 2, "model.layerScale": layerScale },
  };
}

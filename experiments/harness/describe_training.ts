import type { BaseConfig } from "./experiment.ts";

/** What all runs of a workload share, in words, a sentence an entry. */
export function describeTraining(base: BaseConfig): string[] {
  const { trainSize, dataset, batchSize, epochs, warmup, flip, crop } = base;
  const augmentation = [
    flip ? "random flips" : "",
    crop > 0 ? `random crops by ${crop} pixels` : "",
  ]
    .filter((part) => part !== "").join(" and ") || "no augmentation";
  return [
    `Network: ${describeModel(base)}.`,
    `Data: the first ${trainSize} training images of ${dataset}; ${augmentation}.`,
    `Training: batches of ${batchSize}, ${epochs} ${
      epochs === 1 ? "epoch" : "epochs"
    }; the ` +
    `learning rate warms up over ${
      100 * warmup
    }% of the steps (${base.schedule}).`,
    "Pairs: within a block of seeds, a seed gives every arm the same initial weights and the same " +
    "order of images.",
    "Evaluation: mean cross-entropy over the whole validation split, before the first step and " +
    "after the last; batch normalization uses statistics recomputed over up to 2,000 training " +
    "images.",
  ];
}

function describeModel(base: BaseConfig): string {
  const option = (name: string) => base[`model.${name}`];
  if (base.model === "cnn") {
    return `residual CNN, stages of ${
      String(option("widths")).replaceAll("-", ", ")
    } channels, ` +
      `${option("blocks")} block(s) each`;
  }
  const scale = option("layerScale");
  return `Vision Transformer, patch ${option("patch")}, width ${
    option("dim")
  }, depth ` +
    `${option("depth")}, ${option("heads")} heads` +
    (scale === null ? "" : `, LayerScale from ${scale}`);
}

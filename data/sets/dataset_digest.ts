import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.ts";
import { takeTrain } from "./take_train.ts";

const digests = new WeakMap<Dataset, Map<number, string>>();

/**
 * SHA-256, in hex, over all that a run on the first `trainSize` training images sees: shape,
 * scaling and sizes as JSON, then images and labels of train, validation and test in order.
 */
export function datasetDigest(dataset: Dataset, trainSize: number): string {
  const known = digests.get(dataset) ?? new Map<number, string>();
  digests.set(dataset, known);
  const digest = known.get(trainSize) ?? compute(takeTrain(dataset, trainSize));
  known.set(trainSize, digest);
  return digest;
}

function compute(dataset: Dataset): string {
  const { height, width, channels, mean, standardDeviation } = dataset;
  const splits = [dataset.train, dataset.validation, dataset.test];
  const hash = createHash("sha256").update(JSON.stringify({
    height,
    width,
    channels,
    mean,
    standardDeviation,
    classes: dataset.classes.length,
    sizes: splits.map((split) => split.size),
  }));
  for (const { images, labels } of splits) hash.update(images).update(labels);
  return hash.digest("hex");
}

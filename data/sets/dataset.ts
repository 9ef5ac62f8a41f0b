/** Images and their labels in plain arrays: what every data set is once it is loaded. */
import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";

export interface Dataset {
  /** As {@link loadDataset} takes it, such as `cifar-10`. */
  readonly name: string;
  /** What label i means. */
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** For each channel, of pixel values on the scale from 0 to 1. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  /** What must stand beside any result on this data, a sentence an entry. */
  readonly notes: readonly string[];
}

export interface Split {
  /** [size, height, width, channels], 0 to 255. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** [size], each below the number of classes. */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

export type SplitName = "train" | "validation" | "test";

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

/** The data set with the first `trainSize` training images alone; shares its memory. */
export function takeTrain(dataset: Dataset, trainSize: number): Dataset {
  const { name, height, width, channels, train } = dataset;
  if (
    !Number.isInteger(trainSize) || trainSize < 1 || trainSize > train.size
  ) {
    throw new UserError(
      `Cannot train on part of ${name} as the number of images must be an integer from 1 to ` +
        `${train.size}: current value is ${trainSize}`,
    );
  }
  return {
    ...dataset,
    train: {
      images: train.images.subarray(0, trainSize * height * width * channels),
      labels: train.labels.subarray(0, trainSize),
      size: trainSize,
    },
  };
}

/** The images of those numbers, in that order, copied. */
export function pick(split: Split, numbers: readonly number[]): Split {
  const bytes = split.images.length / split.size;
  const images = new Uint8Array(numbers.length * bytes);
  numbers.forEach((number, i) => {
    const first = number * bytes;
    images.set(split.images.subarray(first, first + bytes), i * bytes);
  });
  const labels = Uint8Array.from(numbers, (number) => split.labels[number]!);
  return { images, labels, size: numbers.length };
}

/** The last `perClass` images of each class, and what is left; both keep their order. */
export function holdOut(
  split: Split,
  perClass: number,
): { train: Split; validation: Split } {
  const fromEnd = classRank(split.labels.toReversed()).reverse();
  const numbers = Array.from(split.labels, (_, i) => i);
  return {
    train: pick(split, numbers.filter((i) => fromEnd[i]! >= perClass)),
    validation: pick(split, numbers.filter((i) => fromEnd[i]! < perClass)),
  };
}

/** For each image, how many of its class come before it. */
export function classRank(labels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  return Uint32Array.from(labels, (label) => counts[label]!++);
}

/** Arrays of bytes, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Refuses labels that name no class; `path` is the file they came from. */
export function checkLabels(
  labels: Uint8Array,
  classes: number,
  path: string,
): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong === -1) return;
  throw new UserError(
    `Cannot use ${path} as each label must lie from 0 to ${classes - 1}: ` +
      `current value is ${labels[wrong]} for record ${wrong}`,
  );
}

import { UserError } from "../user_error.ts";
import type { Dataset } from "./dataset.ts";

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

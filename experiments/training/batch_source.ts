import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import type { RunConfig } from "../../data/runs/record.ts";
import { epochOrder, pixelIndices } from "../../data/sets/batches.ts";
import type { Dataset } from "../../data/sets/mod.ts";

/**
 * The training images, kept in TensorFlow. A batch travels as numbers only: which image, or with
 * flips and crops which pixel, goes where.
 */
export class BatchSource {
  /** [size, height, width, channels], or [size * height * width + 1, channels] when augmenting. */
  readonly #images: tf.Tensor;
  /** int32 [size] */
  readonly #labels: tf.Tensor1D;
  readonly #shape: readonly [height: number, width: number, channels: number];
  readonly #augments: boolean;

  constructor(config: RunConfig, dataset: Dataset) {
    const { train, height, width, channels } = dataset;
    const size = config.trainSize;
    this.#shape = [height, width, channels];
    this.#augments = config.flip || config.crop > 0;
    this.#labels = tf.tensor1d(
      Int32Array.from(train.labels.subarray(0, size)),
      "int32",
    );
    this.#images = this.#augments
      ? pixelTable(dataset, size)
      : normalizedImages(dataset, train.images, 0, size);
  }

  /**
   * The batches of runs in order, those of one run after the other's in each, as the arguments of
   * {@link gather}; never ends.
   */
  *epochs(configs: readonly RunConfig[]): Generator<tf.Tensor[], never> {
    const runs = configs.map((config) => this.#batchesOf(config));
    while (true) {
      const parts = runs.map((batches) => batches.next().value);
      yield parts[0]!.map((_, i) =>
        tf.tensor1d(concatenated(parts.map((part) => part[i]!)), "int32")
      );
    }
  }

  /** Of one run: which images, and if they are flipped or cropped, which pixels. */
  *#batchesOf(config: RunConfig): Generator<Int32Array[], never> {
    const { trainSize, batchSize, flip, crop } = config;
    const order = random(config.seed, "order");
    const augmentation = random(config.seed, "augmentation");
    const [height, width] = this.#shape;
    const options = { size: trainSize, height, width, flip, crop };
    while (true) {
      const images = Int32Array.from(epochOrder(order, trainSize));
      for (let start = 0; start + batchSize <= trainSize; start += batchSize) {
        const batch = images.slice(start, start + batchSize);
        yield this.#augments
          ? [batch, pixelIndices(augmentation, batch, options)]
          : [batch];
      }
    }
  }

  /** How many tensors each batch of {@link epochs} is. */
  get tensors(): number {
    return this.#augments ? 2 : 1;
  }

  /** Images [batch, height, width, channels] and labels int32 [batch] of a batch. */
  gather(
    [numbers, pixels]: tf.Tensor[],
  ): { images: tf.Tensor4D; labels: tf.Tensor1D } {
    const labels = this.#labels.gather(numbers as tf.Tensor1D);
    const images = this.#images.gather((pixels ?? numbers) as tf.Tensor1D);
    return {
      images: images.reshape<tf.Tensor4D>([-1, ...this.#shape]),
      labels,
    };
  }

  dispose(): void {
    tf.dispose([this.#images, this.#labels]);
  }
}

function concatenated(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Int32Array(parts.length * parts[0]!.length);
  parts.forEach((part, i) => all.set(part, i * part.length));
  return all;
}

/** Every pixel a row, and a last one of black: what a crop finds beyond the border. */
function pixelTable(dataset: Dataset, size: number): tf.Tensor2D {
  const { train, height, width, channels } = dataset;
  return tf.tidy(() => {
    const black = normalizedImages(
      dataset,
      new Uint8Array(height * width * channels),
      0,
      1,
    );
    const images = normalizedImages(dataset, train.images, 0, size);
    const row = black.reshape<tf.Tensor2D>([-1, channels]).slice([0, 0], [
      1,
      channels,
    ]);
    return tf.concat2d([images.reshape([-1, channels]), row], 0);
  });
}

/**
 * Images `start` to `start + count` of bytes in NHWC order, brought to zero mean and unit standard
 * deviation for each channel: float32 [count, height, width, channels].
 */
export function normalizedImages(
  { height, width, channels, mean, standardDeviation }: Dataset,
  bytes: Uint8Array,
  start: number,
  count: number,
): tf.Tensor4D {
  const size = height * width * channels;
  const values = Float32Array.from(
    bytes.subarray(start * size, (start + count) * size),
    (byte, i) =>
      (byte / 255 - mean[i % channels]!) / standardDeviation[i % channels]!,
  );
  return tf.tensor4d(values, [count, height, width, channels]);
}

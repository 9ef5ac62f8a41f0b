import * as tf from "@tensorflow/tfjs";
import type { Dataset } from "../../data/sets/mod.ts";

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

import * as tf from "@tensorflow/tfjs";
import { hasNativeOps, runNativeOp } from "./native_op.ts";

export type BatchNormalized = {
  /** Like the input. */
  readonly y: tf.Tensor4D;
  /** Of the batch, [channels]; not differentiated. */
  readonly mean: tf.Tensor1D;
  /** Of the batch, [channels], divided by the number of entries; not differentiated. */
  readonly variance: tf.Tensor1D;
};

/**
 * Batch normalization with the statistics of the batch (FusedBatchNormV3 and its gradient):
 * [batch, height, width, channels], scaled and offset by [channels].
 */
export function batchNormalization(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormalized {
  return tf.tidy(() =>
    hasNativeOps()
      ? native(x, scale, offset, epsilon)
      : composed(x, scale, offset, epsilon)
  );
}

function native(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormalized {
  const attributes = { U: "float32", epsilon, data_format: "NHWC" };
  const empty = tf.tensor1d([]);
  const [y, mean, unbiased, ...reserves] = runNativeOp(
    "FusedBatchNormV3",
    [x, scale, offset, empty, empty],
    { ...attributes, exponential_avg_factor: 1, is_training: true },
    6,
  );
  const differentiable = tf.customGrad((x, scale, _offset, save) => {
    (save as tf.GradSaveFunc)([
      x as tf.Tensor,
      scale as tf.Tensor,
      ...reserves,
    ]);
    return {
      value: y!.clone(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runNativeOp(
          "FusedBatchNormGradV3",
          [dy, ...saved],
          { ...attributes, is_training: true },
          5,
        ).slice(0, 3),
    };
  });
  const count = x.size / mean!.size;
  return {
    y: differentiable(x, scale, offset) as tf.Tensor4D,
    mean: mean as tf.Tensor1D,
    variance: unbiased!.mul(Math.max(count - 1, 1) / count),
  };
}

function composed(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormalized {
  const moments = tf.moments(x, [0, 1, 2]);
  const [mean, variance] = [moments.mean, moments.variance] as tf.Tensor1D[];
  const y = tf.batchNorm4d(x, mean!, variance!, offset, scale, epsilon);
  return { y, mean: mean!, variance: variance! };
}

import type * as tf from "@tensorflow/tfjs";

/**
 * A network as a function over its own variables. Two calls with the same options give variables
 * of the same names, order and shapes, so values can be carried from one to another.
 */
export interface Model {
  /** `cnn` or `vit`. */
  readonly name: string;
  /** What is trained, in a fixed order; each variable's name says its place (`stage1.conv1.kernel`). */
  readonly parameters: readonly tf.Variable[];
  /**
   * Logits [batch, classes] of images [batch, height, width, channels]. Normalization uses the
   * statistics of this batch, and hands them to `statistics` in the order of the layers if given,
   * or those of `normalizeWith`, in that same order.
   */
  apply(images: tf.Tensor4D, options?: ApplyOptions): tf.Tensor2D;
  /** Draws fresh initial values from the seed into the existing variables. */
  initialize(seed: number): void;
  dispose(): void;
}

export interface ApplyOptions {
  /** Receives each batch normalization's mean and variance, both [channels]. */
  readonly statistics?: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
  /** Mean and variance for each batch normalization in turn, instead of the batch's own. */
  readonly normalizeWith?: readonly (readonly [tf.Tensor1D, tf.Tensor1D])[];
}

import type * as tf from "@tensorflow/tfjs";

/**
 * ln(1 + exp(x)) where x is at least 0. Twice as fast in TensorFlow as its own, which must also
 * serve negative numbers, and as accurate: what is added to x lies between 0 and ln 2.
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  return x.add(x.neg().exp().add(1).log());
}

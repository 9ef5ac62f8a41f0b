import * as tf from "@tensorflow/tfjs";

/** Keeps the direction finite where the gradient is zero. */
const EPSILON = 1e-8;

/** Step 2 of SING: the gradient over its L2 norm, taken over the whole tensor. */
export function normalize(gradient: tf.Tensor): tf.Tensor {
  const norm = gradient.square().sum().sqrt();
  // Dividing once, and not entry by entry, is faster.
  return gradient.mul(tf.div(1, norm.add(EPSILON)));
}

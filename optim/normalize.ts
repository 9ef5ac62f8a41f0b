import type * as tf from "@tensorflow/tfjs";

/** Keeps the direction finite where the gradient is zero. */
const EPSILON = 1e-8;

/** Step 2 of SING: the gradient over its L2 norm, taken over the whole tensor. */
export function normalize(gradient: tf.Tensor): tf.Tensor {
  return gradient.div(gradient.square().sum().sqrt().add(EPSILON));
}

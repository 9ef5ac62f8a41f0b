import * as tf from "@tensorflow/tfjs";

/** Keeps the direction finite where the gradient is zero. */
const EPSILON = 1e-8;

/** Step 2 of SING: the gradient over its L2 norm, taken over the whole tensor. */
export function normalize(gradient: tf.Tensor): tf.Tensor {
  return normalizeAll([gradient])[0]!;
}

/** Each gradient over its own norm; what follows the sums is computed for all norms at once. */
export function normalizeAll(gradients: readonly tf.Tensor[]): tf.Tensor[] {
  if (gradients.length === 0) return [];
  const norms = tf.stack(gradients.map((g) => g.square().sum())).sqrt();
  const scales = tf.unstack(tf.div(1, norms.add(EPSILON)));
  return gradients.map((gradient, i) => gradient.mul(scales[i]!));
}

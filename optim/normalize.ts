import * as tf from "@tensorflow/tfjs";

/** Keeps the direction finite where the gradient is zero. */
const EPSILON = 1e-8;

/**
 * Step 2 of SING: the gradient over its L2 norm plus 1e-8, the norm taken over the whole tensor.
 *
 * The norm is right while squares stay within float32, so for entries of about 1e-18 to 1e18, as
 * in the official code; the result has norm 1 down to a norm of about 1e-6, where the 1e-8 begins
 * to count. Gradients beyond come out near or at zero, never as NaN as long as they are finite.
 */
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

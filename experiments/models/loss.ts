import * as tf from "@tensorflow/tfjs";

/** Cross-entropy in nats of each image: logits [batch, classes], labels int32 [batch] -> [batch]. */
export function crossEntropies(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  const targets = tf.oneHot(labels, logits.shape[1]);
  return tf.logSoftmax(logits).mul(targets).sum<tf.Tensor1D>(1).neg();
}

/** Mean cross-entropy of a batch in nats. */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Scalar {
  return crossEntropies(logits, labels).mean();
}

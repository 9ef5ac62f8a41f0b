import type * as tf from "@tensorflow/tfjs";
import { softmaxCrossEntropy } from "../tensorflow/mod.ts";

/** Mean cross-entropy of a batch in nats: logits [batch, classes], labels int32 [batch]. */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Scalar {
  return softmaxCrossEntropy(logits, labels).mean();
}

import * as tf from "@tensorflow/tfjs";
import { hasNativeOps, runNativeOp } from "./native_op.ts";

/**
 * Cross-entropy in nats of each row (SparseSoftmaxCrossEntropyWithLogits): logits
 * [batch, classes], labels int32 [batch] -> [batch].
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  if (!hasNativeOps()) return composed(logits, labels);
  return tf.customGrad((logits, save) => {
    const [loss, gradient] = runNativeOp(
      "SparseSoftmaxCrossEntropyWithLogits",
      [logits as tf.Tensor, labels],
      { Tlabels: "int32" },
      2,
    );
    (save as tf.GradSaveFunc)([gradient!]);
    return {
      value: loss!,
      gradFunc: (dy: tf.Tensor, [gradient]: tf.Tensor[]) =>
        gradient!.mul(dy.expandDims(1)),
    };
  })(logits) as tf.Tensor1D;
}

function composed(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    const targets = tf.oneHot(labels, logits.shape[1]);
    return tf.logSoftmax(logits).mul(targets).sum<tf.Tensor1D>(1).neg();
  });
}

import * as tf from "@tensorflow/tfjs";
import { hasNativeOps, runNativeOp } from "./native_op.ts";

/** `max(x, 0)`. Its gradient is one pass (ReluGrad), where TensorFlow.js's is three. */
export function relu<T extends tf.Tensor>(x: T): T {
  if (!hasNativeOps()) return tf.relu(x);
  return tf.customGrad((x, save) => {
    const value = tf.relu(x as tf.Tensor);
    (save as tf.GradSaveFunc)([value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) =>
        runNativeOp("ReluGrad", [dy, y!])[0]!,
    };
  })(x) as T;
}

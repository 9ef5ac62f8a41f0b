import * as tf from "@tensorflow/tfjs";
import { hasNativeOps, runNativeOp } from "./native_op.ts";

/** Adds a bias to the last axis: [.., channels] + [channels] (BiasAdd, BiasAddGrad). */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  if (!hasNativeOps()) return x.add(bias);
  return tf.customGrad((x, bias) => ({
    value: runNativeOp("BiasAdd", [x as tf.Tensor, bias as tf.Tensor])[0]!,
    gradFunc: (dy: tf.Tensor) => [
      dy.clone(),
      runNativeOp("BiasAddGrad", [dy])[0]!,
    ],
  }))(x, bias) as T;
}

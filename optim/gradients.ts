import type * as tf from "@tensorflow/tfjs";
import type { NamedTensor } from "./slots.ts";

/** Gradients by the names of their variables, in either of the forms of TensorFlow.js. */
export type Gradients = tf.NamedTensorMap | NamedTensor[];

/** Names and gradients in order; null where TensorFlow.js found none. */
export function gradientEntries(
  gradients: Gradients,
): (readonly [name: string, gradient: tf.Tensor | null])[] {
  return Array.isArray(gradients)
    ? gradients.map(({ name, tensor }) => [name, tensor ?? null])
    : Object.entries(gradients);
}

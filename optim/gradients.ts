import * as tf from "@tensorflow/tfjs";
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

/** @throws RangeError if there is no variable of that name. */
export function variableNamed(name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable) return variable;
  throw new RangeError(
    `Cannot update as each gradient must be named after a variable: current value is ${name}`,
  );
}

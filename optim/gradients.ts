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

/**
 * The variables that have a gradient, and it.
 *
 * @throws RangeError if a name is no variable's, or a gradient has another shape than its variable.
 */
export function withVariables(
  gradients: Gradients,
): (readonly [variable: tf.Variable, gradient: tf.Tensor])[] {
  return gradientEntries(gradients).flatMap(([name, gradient]) => {
    const variable = variableNamed(name);
    if (!gradient) return [];
    checkShape(variable, gradient);
    return [[variable, gradient] as const];
  });
}

function variableNamed(name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable) return variable;
  throw new RangeError(
    `Cannot update as each gradient must be named after a variable: current value is ${name}`,
  );
}

function checkShape({ name, shape }: tf.Variable, gradient: tf.Tensor): void {
  if (tf.util.arraysEqual(gradient.shape, shape)) return;
  throw new RangeError(
    `Cannot update as the gradient of ${name} must have the shape [${shape}]: ` +
      `current value is [${gradient.shape}]`,
  );
}

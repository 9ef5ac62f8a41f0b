import type * as tf from "@tensorflow/tfjs";

/**
 * An optimizer's options as TensorFlow.js stores them. Masks and groups cannot be stored.
 *
 * @throws TypeError if there are any but the defaults: a copy without them would train otherwise.
 */
export function toConfig(
  optimizer: string,
  settings: object,
  defaults: object,
): tf.serialization.ConfigDict {
  const usual = new Map(Object.entries(defaults));
  const config: tf.serialization.ConfigDict = {};
  const custom: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== "function" && typeof value !== "object") {
      config[name] = value;
    } else if (value !== usual.get(name) && !isEmpty(value)) custom.push(name);
  }
  if (custom.length === 0) return config;
  throw new TypeError(
    `Cannot store ${optimizer} as masks and groups are functions, to be given anew in code: ` +
      `current value is ${custom.join(", ")}`,
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

import * as tf from "@tensorflow/tfjs";

/** What a compiled function may return: a tensor, or several in an array or by name. */
export type Outputs = tf.Tensor | tf.Tensor[] | { [name: string]: tf.Tensor };

/** The tensors, in the order of the array or of the names. */
export function listOutputs(outputs: Outputs): tf.Tensor[] {
  const list: unknown[] = isContainer(outputs)
    ? Object.values(outputs)
    : [outputs];
  const wrong = list.findIndex((output) => !(output instanceof tf.Tensor));
  if (wrong < 0) return list as tf.Tensor[];
  // Nobody will wait for a promise that is refused: should it fail too, that is no second error.
  for (const output of list) {
    if (output instanceof Promise) output.catch(() => {});
  }
  throw new TypeError(
    "Cannot compile a function as it must return a tensor, or an array or record of tensors: " +
      `current value is ${describeValue(list[wrong])}.`,
  );
}

/** Outputs of the same form, with these tensors. */
export function likeOutputs<R extends Outputs>(
  form: R,
  tensors: readonly tf.Tensor[],
): R {
  if (form instanceof tf.Tensor) return tensors[0] as R;
  if (Array.isArray(form)) return [...tensors] as R;
  const names = Object.keys(form);
  return Object.fromEntries(
    names.map((name, index) => [name, tensors[index]]),
  ) as R;
}

function isContainer(outputs: Outputs): boolean {
  return Array.isArray(outputs) ||
    (outputs && Object.getPrototypeOf(outputs) === Object.prototype);
}

/** Any value at all in a few words, for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Promise) return "a promise";
  return Deno.inspect(value, { depth: 0 });
}

import * as tf from "@tensorflow/tfjs";

/** What a step turns into the next of its kind: tensors of one shape. */
export interface State {
  /** What is trained. */
  readonly parameter: tf.Tensor;
  /** Sum of the gradients so far, each worth beta1 times the next. */
  readonly first: tf.Tensor;
  /** Sum of the squared gradients so far, each worth beta2 times the next. */
  readonly second: tf.Tensor;
  /** LookAhead's slow weights; absent without LookAhead. */
  readonly slow?: tf.Tensor;
}

/** A {@link State} that stays, in variables. */
export interface Slot extends State {
  readonly parameter: tf.Variable;
  readonly first: tf.Variable;
  readonly second: tf.Variable;
  readonly slow?: tf.Variable;
}

/** The states of several parameters as one, flat and end to end; that of one as it is. */
export function join(slots: readonly Slot[]): State {
  return slots.length === 1 ? slots[0]! : {
    parameter: flat(slots.map(({ parameter }) => parameter)),
    first: flat(slots.map(({ first }) => first)),
    second: flat(slots.map(({ second }) => second)),
    ...slots[0]!.slow && { slow: flat(slots.map(({ slow }) => slow!)) },
  };
}

/** Assigns to the slots the parts of a state that was made from what {@link join} gave. */
export function assign(slots: readonly Slot[], next: State): void {
  for (const kind of ["parameter", "first", "second", "slow"] as const) {
    const value = next[kind];
    if (!value) continue;
    const sizes = slots.map(({ parameter }) => parameter.size);
    const parts = slots.length === 1 ? [value] : tf.split(value, sizes);
    slots.forEach((slot, i) => {
      slot[kind]!.assign(parts[i]!.reshape(slot.parameter.shape));
    });
  }
}

/** Tensors end to end, [entries]; a single one as it is. */
export function flat(tensors: readonly tf.Tensor[]): tf.Tensor {
  if (tensors.length === 1) return tensors[0]!;
  return tf.concat(tensors.map((tensor) => tensor.flatten()));
}

import * as tf from "@tensorflow/tfjs";
import type { Slot } from "./state.ts";

/** A tensor and its name, as TensorFlow.js stores it beside a model. */
export interface NamedTensor {
  /** `<parameter>/<first, second or slow>`, or `iter` for the number of steps. */
  name: string;
  /** Its values. */
  tensor: tf.Tensor;
}

/** The slots of one optimizer, in the order in which its parameters came. */
export class Slots {
  readonly #scope: string;
  readonly #kinds: readonly Kind[];
  readonly #slots = new Map<tf.Variable, Slot>();
  /** Restored values, one row a parameter, of parameters that have not come yet. */
  #waiting: (readonly tf.Tensor[])[] = [];

  /** The variables are called `<scope>/<parameter>/<first, second or slow>`. */
  constructor(scope: string, { slow }: { readonly slow: boolean }) {
    this.#scope = scope;
    this.#kinds = slow ? ["first", "second", "slow"] : ["first", "second"];
  }

  /**
   * The slot of a parameter, made on the first call.
   *
   * @throws RangeError if the values restored for it have another shape.
   */
  of(parameter: tf.Variable): Slot {
    let slot = this.#slots.get(parameter);
    if (!slot) this.#slots.set(parameter, slot = this.#create(parameter));
    return slot;
  }

  /** Back to the beginning: no gradient seen, slow weights where the parameters stand now. */
  reset(): void {
    this.#forget();
    for (const slot of this.#slots.values()) {
      for (const kind of this.#kinds) {
        tf.tidy(() => slot[kind]!.assign(initial(kind, slot.parameter)));
      }
    }
  }

  /** The variables themselves, not copies: all first ones, all second, all slow. */
  save(): NamedTensor[] {
    const slots = [...this.#slots.values()];
    return this.#kinds.flatMap((kind) =>
      slots.map((slot) => ({
        name: `${slot.parameter.name}/${kind}`,
        tensor: slot[kind]!,
      }))
    );
  }

  /**
   * Copies values as {@link save} gives them. The order tells parameters apart, not the names,
   * which differ when a model is built again; values of parameters yet to come wait for them.
   *
   * @throws RangeError if kinds, number or shapes do not fit.
   */
  restore(values: readonly NamedTensor[]): void {
    this.#checkKinds(values);
    const count = values.length / this.#kinds.length;
    const rows = Array.from(
      { length: count },
      (_, i) => this.#kinds.map((_, k) => values[i + k * count]!.tensor),
    );
    const slots = [...this.#slots.values()];
    slots.forEach(({ parameter }, i) => checkShapes(parameter, rows[i]!));
    this.#forget();
    slots.forEach((slot, i) =>
      this.#kinds.forEach((kind, k) =>
        tf.tidy(() => slot[kind]!.assign(copy(rows[i]![k]!)))
      )
    );
    this.#waiting = rows.slice(slots.length).map((row) =>
      row.map((value) => tf.keep(copy(value)))
    );
  }

  dispose(): void {
    this.#forget();
    for (const { parameter: _, ...state } of this.#slots.values()) {
      tf.dispose(state);
    }
    this.#slots.clear();
  }

  #create(parameter: tf.Variable): Slot {
    const row = this.#waiting[0];
    if (row) checkShapes(parameter, row);
    const state = this.#kinds.map((kind, k) => {
      const name = `${this.#scope}/${parameter.name}/${kind}`;
      const value = row?.[k] ?? initial(kind, parameter);
      const variable = tf.variable(value, false, name);
      value.dispose();
      return [kind, variable] as const;
    });
    this.#waiting.shift();
    return {
      parameter,
      ...Object.fromEntries(state) as Record<Kind, tf.Variable>,
    };
  }

  #checkKinds(values: readonly NamedTensor[]): void {
    const kinds = this.#kinds.length;
    const fits = values.length % kinds === 0 &&
      values.length / kinds >= this.#slots.size &&
      values.every(({ name }, i) =>
        name.endsWith(`/${this.#kinds[Math.floor(i * kinds / values.length)]}`)
      );
    if (fits) return;
    throw new RangeError(
      `Cannot restore an optimizer as values must be ${
        this.#kinds.join(", ")
      } of ${
        this.#slots.size || "some"
      } parameters or more: current value is ` +
        (values.map(({ name }) => name).join(", ") || "nothing"),
    );
  }

  #forget(): void {
    tf.dispose(this.#waiting as tf.TensorContainer);
    this.#waiting = [];
  }
}

type Kind = "first" | "second" | "slow";

function initial(kind: Kind, parameter: tf.Variable): tf.Tensor {
  return kind === "slow" ? copy(parameter) : tf.zerosLike(parameter);
}

/** In a buffer of its own: a compiled step then has two inputs, not one under two names. */
function copy(value: tf.Tensor): tf.Tensor {
  return tf.mul(value, 1);
}

function checkShapes(parameter: tf.Variable, row: readonly tf.Tensor[]): void {
  const other = row.find(({ shape }) =>
    !tf.util.arraysEqual(shape, parameter.shape)
  );
  if (!other) return;
  throw new RangeError(
    `Cannot restore an optimizer as the state of ${parameter.name} must have the shape ` +
      `[${parameter.shape}]: current value is [${other.shape}]`,
  );
}

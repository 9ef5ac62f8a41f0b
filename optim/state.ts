import * as tf from "@tensorflow/tfjs";
import type {
  OptimizerOptions,
  ParameterGroup,
  StepNumbers,
} from "./options.ts";

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

/** Factors that turn the sums of a step into the means that it wants. */
export interface Corrections {
  /** Of the sum of gradients. */
  readonly first: number;
  /** Of the sum of squared gradients. */
  readonly second: number;
}

/** What a step of one parameter computes with, as scalar tensors. */
export interface StepScalars {
  /** Weight that the sum of gradients keeps. */
  readonly beta1: tf.Scalar;
  /** Weight that the sum of squared gradients keeps. */
  readonly beta2: tf.Scalar;
  /** What is added to a denominator against division by zero. */
  readonly epsilon: tf.Scalar;
  /** Turns the second sum into the bias-corrected mean of squared gradients. */
  readonly correction: tf.Scalar;
  /** Learning rate, times what turns the first sum into the bias-corrected mean of gradients. */
  readonly rate: tf.Scalar;
  /** What decay leaves of the parameter, 1 - learningRate * weightDecay; null if it has none. */
  readonly keep: tf.Scalar | null;
}

/** The numbers that one optimizer's steps compute with. */
export class Numbers {
  readonly #settings: Required<OptimizerOptions>;
  readonly #groups: readonly ParameterGroup[];
  readonly #scalars: Scalars;

  /** The variables are called `<scope>/<number>`. */
  constructor(scope: string, settings: Required<OptimizerOptions>) {
    this.#settings = settings;
    this.#groups = [...settings.groups, { match: () => true }];
    this.#scalars = new Scalars(scope);
  }

  /** Assigns the numbers of a step, computed in double precision. */
  prepare(
    { learningRate, weightDecay }: Required<StepNumbers>,
    { first, second }: Corrections,
  ): void {
    this.#scalars.set("correction", second);
    this.#groups.forEach(
      ({ learningRateScale = 1, weightDecayScale = 1 }, i) => {
        const rate = learningRate * learningRateScale;
        const decay = weightDecay * weightDecayScale;
        this.#scalars.set(`rate_${i}`, rate * first);
        this.#scalars.set(`keep_${i}`, 1 - rate * decay);
      },
    );
  }

  /** Those that are the same in all steps and for all parameters. */
  constants(): Pick<StepScalars, "beta1" | "beta2" | "epsilon"> {
    return {
      beta1: tf.scalar(this.#settings.beta1),
      beta2: tf.scalar(this.#settings.beta2),
      epsilon: tf.scalar(this.#settings.epsilon),
    };
  }

  /** Those of this step for a parameter; they depend on its {@link kindOf} alone. */
  of(
    parameter: tf.Variable,
  ): Pick<StepScalars, "correction" | "rate" | "keep"> {
    const { group, decays } = this.#placeOf(parameter);
    return {
      correction: this.#scalars.get("correction"),
      rate: this.#scalars.get(`rate_${group}`),
      keep: decays ? this.#scalars.get(`keep_${group}`) : null,
    };
  }

  /** A name for the parameters that share all numbers with this one. */
  kindOf(parameter: tf.Variable): string {
    return JSON.stringify(this.#placeOf(parameter));
  }

  dispose(): void {
    this.#scalars.dispose();
  }

  #placeOf({ name, shape }: tf.Variable) {
    return {
      group: this.#groups.findIndex(({ match }) => match(name, shape)),
      decays: this.#settings.decay(name, shape),
    };
  }
}

/**
 * Named scalars in variables that stay the same from step to step, so that a compiled step reads
 * their value of the moment. A variable is made when its name is first set.
 */
export class Scalars {
  readonly #scope: string;
  readonly #variables = new Map<string, tf.Variable<tf.Rank.R0>>();

  /** The variables are called `<scope>/<name>`. */
  constructor(scope: string) {
    this.#scope = scope;
  }

  set(name: string, value: number | boolean): void {
    const scalar = tf.scalar(value);
    const variable = this.#variables.get(name);
    if (variable) variable.assign(scalar);
    else {
      const path = `${this.#scope}/${name}`;
      this.#variables.set(name, tf.variable(scalar, false, path));
    }
    scalar.dispose();
  }

  /** @throws RangeError if the name has not been set. */
  get(name: string): tf.Variable<tf.Rank.R0> {
    const variable = this.#variables.get(name);
    if (variable) return variable;
    throw new RangeError(
      "Cannot update as a step must be prepared first: current value is none",
    );
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }
}

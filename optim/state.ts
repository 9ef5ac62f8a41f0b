import * as tf from "@tensorflow/tfjs";

/** A tensor and its name, as TensorFlow.js stores it beside a model. */
export interface NamedTensor {
  /** `<parameter>/<kind>`, such as `dense/kernel/first`, or `iter` for the number of steps. */
  name: string;
  /** Its values. */
  tensor: tf.Tensor;
}

/** What a step turns into the next of its kind: tensors of one shape. */
export type State<Kind extends string> = Readonly<
  Record<Kind | "parameter", tf.Tensor>
>;

/** A {@link State} that stays, in variables. */
export interface Slot {
  /** What is trained. */
  readonly parameter: tf.Variable;
  /** What the optimizer remembers of it, by kind. */
  readonly state: ReadonlyMap<string, tf.Variable>;
}

/** Saved values of one parameter, by kind. */
type Row = ReadonlyMap<string, tf.Tensor>;

/** The slots of one optimizer, in the order in which its parameters came. */
export class Slots {
  readonly #scope: string;
  readonly #kindsOf: (parameter: tf.Variable) => readonly string[];
  readonly #slots = new Map<tf.Variable, Slot>();
  /** Restored values, by the saved names, of parameters that have not come yet. */
  #waiting = new Map<string, Row>();

  /** The variables are called `<scope>/<parameter>/<kind>`. */
  constructor(
    scope: string,
    kindsOf: (parameter: tf.Variable) => readonly string[],
  ) {
    this.#scope = scope;
    this.#kindsOf = kindsOf;
  }

  /**
   * Makes slots for the parameters that have none, and frees those of parameters that are gone.
   * Restored values that wait go to parameters of the same names if these are all among them, and
   * else to the parameters in order.
   *
   * @throws RangeError if the values restored for one have other kinds or another shape.
   */
  add(parameters: readonly tf.Variable[]): void {
    const added = parameters.filter((parameter) => !this.#slots.has(parameter));
    if (added.length === 0) return;
    this.#forgetDisposed();
    const taken = matchRows(added, this.#waiting);
    added.forEach((parameter, i) => this.#checkRow(parameter, taken[i]));
    added.forEach((parameter, i) => this.#create(parameter, taken[i]?.[1]));
    for (const row of taken) if (row) this.#waiting.delete(row[0]);
  }

  /** The slot of a parameter that was {@link add}ed. */
  of(parameter: tf.Variable): Slot {
    return this.#slots.get(parameter)!;
  }

  /** Whether there have been parameters, and all of them are disposed. */
  get areGone(): boolean {
    const parameters = [...this.#slots.keys()];
    return parameters.length > 0 && parameters.every((p) => p.isDisposed);
  }

  /** Back to the beginning: no gradient seen, slow weights where the parameters stand now. */
  reset(): void {
    this.#forgetWaiting();
    this.#forgetDisposed();
    for (const { parameter, state } of this.#slots.values()) {
      for (const [kind, variable] of state) {
        tf.tidy(() => variable.assign(initial(kind, parameter)));
      }
    }
  }

  /** The variables themselves, not copies: all first ones, all second, and so on. */
  save(): NamedTensor[] {
    this.#forgetDisposed();
    const slots = [...this.#slots.values()];
    const kinds = new Set(slots.flatMap(({ state }) => [...state.keys()]));
    return [...kinds].flatMap((kind) =>
      slots.flatMap(({ parameter, state }) => {
        const tensor = state.get(kind);
        return tensor ? [{ name: `${parameter.name}/${kind}`, tensor }] : [];
      })
    );
  }

  /**
   * Copies values as {@link save} gives them. Names tell parameters apart if all that are here have
   * been saved under theirs; else the order does, as names differ when a model is built again.
   * Values of parameters yet to come wait for them.
   *
   * @throws RangeError if kinds, number or shapes do not fit.
   */
  restore(values: readonly NamedTensor[]): void {
    this.#forgetDisposed();
    const rows = rowsOf(values);
    const slots = [...this.#slots.values()];
    const taken = matchRows(slots.map(({ parameter }) => parameter), rows);
    slots.forEach(({ parameter }, i) => {
      if (!taken[i]) throw this.#misfit(parameter, rows);
      this.#checkRow(parameter, taken[i], rows);
    });
    this.#forgetWaiting();
    slots.forEach(({ state }, i) => {
      const [name, row] = taken[i]!;
      for (const [kind, variable] of state) {
        tf.tidy(() => variable.assign(copy(row.get(kind)!)));
      }
      rows.delete(name);
    });
    for (const [name, row] of rows) {
      const copies = [...row].map(([kind, tensor]) =>
        [kind, tf.keep(copy(tensor))] as const
      );
      this.#waiting.set(name, new Map(copies));
    }
  }

  dispose(): void {
    this.#forgetWaiting();
    for (const slot of this.#slots.values()) disposeAll(slot.state);
    this.#slots.clear();
  }

  #create(parameter: tf.Variable, row: Row | undefined): void {
    const state = this.#kindsOf(parameter).map((kind) => {
      const name = `${this.#scope}/${parameter.name}/${kind}`;
      const value = row?.get(kind) ?? initial(kind, parameter);
      const variable = tf.variable(value, false, name);
      value.dispose();
      return [kind, variable] as const;
    });
    this.#slots.set(parameter, { parameter, state: new Map(state) });
  }

  #checkRow(
    parameter: tf.Variable,
    entry: readonly [string, Row] | undefined,
    rows: ReadonlyMap<string, Row> = this.#waiting,
  ): void {
    if (!entry) return;
    const row = entry[1];
    const kinds = this.#kindsOf(parameter);
    if (row.size !== kinds.length || !kinds.every((kind) => row.has(kind))) {
      throw this.#misfit(parameter, rows);
    }
    const other = [...row.values()].find(({ shape }) =>
      !tf.util.arraysEqual(shape, parameter.shape)
    );
    if (!other) return;
    throw new RangeError(
      `Cannot restore an optimizer as the state of ${parameter.name} must have the shape ` +
        `[${parameter.shape}]: current value is [${other.shape}]`,
    );
  }

  #misfit(parameter: tf.Variable, rows: ReadonlyMap<string, Row>): RangeError {
    const names = [...rows].flatMap(([name, row]) =>
      [...row.keys()].map((kind) => `${name}/${kind}`)
    );
    return new RangeError(
      `Cannot restore an optimizer as values must be ${
        this.#kindsOf(parameter).join(", ")
      } of ${this.#slots.size || "some"} parameters or more: ` +
        `current value is ${names.join(", ") || "nothing"}`,
    );
  }

  #forgetDisposed(): void {
    for (const [parameter, { state }] of this.#slots) {
      if (!parameter.isDisposed) continue;
      disposeAll(state);
      this.#slots.delete(parameter);
    }
  }

  #forgetWaiting(): void {
    for (const row of this.#waiting.values()) disposeAll(row);
    this.#waiting.clear();
  }
}

/** Saved values by parameter, in the order in which the parameters were saved. */
function rowsOf(values: readonly NamedTensor[]): Map<string, Row> {
  const rows = new Map<string, Map<string, tf.Tensor>>();
  for (const { name, tensor } of values) {
    const end = name.lastIndexOf("/");
    const parameter = name.slice(0, end);
    const row = rows.get(parameter) ?? new Map<string, tf.Tensor>();
    rows.set(parameter, row.set(name.slice(end + 1), tensor));
  }
  return rows;
}

/** What was saved for each parameter: by name if all names are there, else in order. */
function matchRows(
  parameters: readonly tf.Variable[],
  rows: ReadonlyMap<string, Row>,
): (readonly [name: string, row: Row] | undefined)[] {
  const named = parameters.every(({ name }) => rows.has(name));
  const ordered = [...rows];
  return parameters.map(({ name }, i) =>
    named ? [name, rows.get(name)!] as const : ordered[i]
  );
}

function initial(kind: string, parameter: tf.Variable): tf.Tensor {
  return kind === "slow" ? copy(parameter) : tf.zerosLike(parameter);
}

/** In a buffer of its own: a compiled step then has two inputs, not one under two names. */
function copy(value: tf.Tensor): tf.Tensor {
  return tf.mul(value, 1);
}

function disposeAll(row: Row): void {
  for (const tensor of row.values()) tensor.dispose();
}

/** The states of several parameters as one: see {@link flat}. */
export function join(slots: readonly Slot[], runs: number): State<string> {
  const kinds = [...slots[0]!.state.keys()];
  return Object.fromEntries([
    ["parameter", flat(slots.map(({ parameter }) => parameter), runs)],
    ...kinds.map((kind) => [
      kind,
      flat(slots.map(({ state }) => state.get(kind)!), runs),
    ]),
  ]);
}

/** Assigns to the slots the parts of a state that was made from what {@link join} gave. */
export function assign(
  slots: readonly Slot[],
  next: Readonly<Record<string, tf.Tensor | undefined>>,
  runs: number,
): void {
  for (const kind of ["parameter", ...slots[0]!.state.keys()]) {
    const value = next[kind];
    if (!value) continue;
    const sizes = slots.map(({ parameter }) => parameter.size / runs);
    const parts = slots.length === 1
      ? [value]
      : tf.split(value, sizes, runs > 1 ? 1 : 0);
    slots.forEach(({ parameter, state }, i) => {
      const variable = kind === "parameter" ? parameter : state.get(kind)!;
      variable.assign(parts[i]!.reshape(parameter.shape));
    });
  }
}

/**
 * Tensors end to end, [entries]; a single one as it is. Those of several runs are end to end for
 * each, [runs, entries], also a single one.
 */
export function flat(tensors: readonly tf.Tensor[], runs: number): tf.Tensor {
  if (runs > 1) {
    const rows = tensors.map((tensor) => tensor.reshape([runs, -1]));
    return rows.length === 1 ? rows[0]! : tf.concat(rows, 1);
  }
  if (tensors.length === 1) return tensors[0]!;
  return tf.concat(tensors.map((tensor) => tensor.flatten()));
}

/**
 * What a step of one parameter computes with, as scalar tensors; `rate` and `keep` of several runs
 * are [runs, 1], to be spread over a state of [runs, entries].
 */
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

/**
 * Named scalars in variables that stay the same from step to step, so that a compiled step reads
 * their value of the moment. A variable is made when its name is first set.
 */
export class NamedScalars {
  readonly #scope: string;
  readonly #variables = new Map<string, tf.Variable>();

  /** The variables are called `<scope>/<name>`. */
  constructor(scope: string) {
    this.#scope = scope;
  }

  /** Numbers for each run become a column, [runs, 1]. */
  set(name: string, value: number | boolean | readonly number[]): void {
    const scalar = typeof value === "object"
      ? tf.tensor2d([...value], [value.length, 1])
      : tf.scalar(value);
    const variable = this.#variables.get(name);
    if (variable) variable.assign(scalar);
    else {
      const path = `${this.#scope}/${name}`;
      this.#variables.set(name, tf.variable(scalar, false, path));
    }
    scalar.dispose();
  }

  /** @throws RangeError if the name has not been set. */
  get(name: string): tf.Scalar {
    const variable = this.#variables.get(name);
    if (variable) return variable as tf.Tensor as tf.Scalar;
    throw new RangeError(
      "Cannot update as a step must be prepared first: current value is none",
    );
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }
}

import * as tf from "@tensorflow/tfjs";

/** A tensor and its name, as TensorFlow.js stores it beside a model. */
export interface NamedTensor {
  /** `<parameter>/<kind>`, such as `dense/kernel/first`, or `iter` for the number of steps. */
  name: string;
  /** Its values. */
  tensor: tf.Tensor;
}

/** What a step turns into the next of its kind: tensors of one shape. */
export type ParameterState<Kind extends string> = Readonly<
  Record<Kind | "parameter", tf.Tensor>
>;

/**
 * Parameters that are moved together, and what stays of them from step to step: of a single one in
 * its own shape, of several end to end as {@link flat} puts them. A compiled step then has one
 * variable to read and to assign where there would be one for each parameter.
 */
export interface Lot {
  readonly parameters: readonly tf.Variable[];
  /** Of several end to end, each begins at a multiple of this. */
  readonly row: number;
  /** What the optimizer remembers, by kind. */
  readonly state: ReadonlyMap<string, tf.Variable>;
}

/** Values of one parameter, or of several, by kind. */
type Row = ReadonlyMap<string, tf.Tensor>;

/** What one optimizer remembers of its parameters, in the order in which they came. */
export class Slots {
  readonly #scope: string;
  readonly #runs: number;
  readonly #kindsOf: (parameter: tf.Variable) => readonly string[];
  readonly #keyOf: (parameter: tf.Variable) => unknown;
  readonly #rowOf: (parameters: readonly tf.Variable[]) => number;
  readonly #lots = new Map<tf.Variable, Lot>();
  /** Restored values, by the saved names, of parameters that have not come yet. */
  #waiting = new Map<string, Row>();
  /** What was handed out last, but for variables. */
  #saved: tf.Tensor[] = [];
  #count = 0;

  /**
   * The variables are called `<scope>/<kind>_<number>`. Parameters that come together make one lot
   * if their keys are the same, whose {@link Lot.row} is `rowOf` them.
   */
  constructor(
    { scope, runs, kindsOf, keyOf, rowOf }: {
      scope: string;
      runs: number;
      kindsOf(parameter: tf.Variable): readonly string[];
      keyOf(parameter: tf.Variable): unknown;
      rowOf(parameters: readonly tf.Variable[]): number;
    },
  ) {
    this.#scope = scope;
    this.#runs = runs;
    this.#kindsOf = kindsOf;
    this.#keyOf = keyOf;
    this.#rowOf = rowOf;
  }

  /**
   * Makes lots of the parameters that have none, and frees those whose parameters are gone.
   * Restored values that wait go to parameters of the same names if these are all among them, and
   * else to the parameters in order.
   *
   * @throws RangeError if the values restored for one have other kinds or another shape.
   */
  add(parameters: readonly tf.Variable[]): void {
    const added = parameters.filter((parameter) => !this.#lots.has(parameter));
    if (added.length === 0) return;
    this.#forgetDisposed();
    const taken = matchRows(added, this.#waiting);
    added.forEach((parameter, i) => this.#checkRow(parameter, taken[i]));
    const lots = new Map<unknown, tf.Variable[]>();
    for (const parameter of added) {
      const key = this.#keyOf(parameter);
      lots.set(key, [...lots.get(key) ?? [], parameter]);
    }
    const rows = new Map(
      added.map((parameter, i) => [parameter, taken[i]?.[1]]),
    );
    const made = [...lots.values()].map((lot) => this.#create(lot, rows));
    for (const parameter of added) {
      const lot = made.find(({ parameters }) =>
        parameters.includes(parameter)
      )!;
      this.#lots.set(parameter, lot);
    }
    for (const row of taken) {
      if (!row) continue;
      disposeAll(row[1]);
      this.#waiting.delete(row[0]);
    }
  }

  /** The lot of a parameter that was {@link add}ed. */
  of(parameter: tf.Variable): Lot {
    return this.#lots.get(parameter)!;
  }

  /** Whether there have been parameters, and all of them are disposed. */
  get areGone(): boolean {
    const parameters = [...this.#lots.keys()];
    return parameters.length > 0 && parameters.every((p) => p.isDisposed);
  }

  /** Back to the beginning: no gradient seen, slow weights where the parameters stand now. */
  reset(): void {
    this.#forgetWaiting();
    this.#forgetDisposed();
    for (const lot of new Set(this.#lots.values())) {
      this.#write(
        lot,
        (parameter, kind) =>
          parameter.isDisposed ? undefined : initial(kind, parameter),
      );
    }
  }

  /**
   * All first ones, all second, and so on: variables themselves, not copies, and parts of those that
   * belong to several parameters. The parts are freed when others are asked for.
   */
  save(): NamedTensor[] {
    this.#forgetDisposed();
    tf.dispose(this.#saved);
    const parameters = [...this.#lots].filter(([{ isDisposed }]) =>
      !isDisposed
    );
    const lots = new Set(this.#lots.values());
    const kinds = new Set([...lots].flatMap(({ state }) => [...state.keys()]));
    const parts = new Map([...lots].map((lot) => [lot, this.#partsOf(lot)]));
    this.#saved = [...parts].filter(([lot]) => lot.parameters.length > 1)
      .flatMap(([, parts]) => [...parts.values()].flat());
    return [...kinds].flatMap((kind) =>
      parameters.flatMap(([parameter, lot]) => {
        const own = parts.get(lot)!.get(kind);
        const tensor = own?.[lot.parameters.indexOf(parameter)];
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
    const parameters = [...this.#lots.keys()]
      .filter(({ isDisposed }) => !isDisposed);
    const taken = matchRows(parameters, rows);
    parameters.forEach((parameter, i) => {
      if (!taken[i]) throw this.#misfit(parameter, rows);
      this.#checkRow(parameter, taken[i], rows);
    });
    this.#forgetWaiting();
    const found = new Map(parameters.map((it, i) => [it, taken[i]![1]]));
    for (const lot of new Set(this.#lots.values())) {
      this.#write(lot, (parameter, kind) => {
        const value = found.get(parameter)?.get(kind);
        return value && copy(value);
      });
    }
    for (const row of taken) rows.delete(row![0]);
    for (const [name, row] of rows) {
      const copies = [...row].map(([kind, tensor]) =>
        [kind, tf.keep(copy(tensor))] as const
      );
      this.#waiting.set(name, new Map(copies));
    }
  }

  dispose(): void {
    this.#forgetWaiting();
    tf.dispose(this.#saved);
    this.#saved = [];
    for (const { state } of this.#lots.values()) disposeAll(state);
    this.#lots.clear();
  }

  #create(
    parameters: readonly tf.Variable[],
    rows: ReadonlyMap<tf.Variable, Row | undefined>,
  ): Lot {
    const number = this.#count++;
    const row = this.#rowOf(parameters);
    const state = this.#kindsOf(parameters[0]!).map((kind) => {
      const variable = tf.tidy(() => {
        const values = parameters.map((parameter) =>
          rows.get(parameter)?.get(kind) ?? initial(kind, parameter)
        );
        const value = values.length > 1
          ? flat(values, this.#runs, row)
          : values[0]!;
        return tf.variable(value, false, `${this.#scope}/${kind}_${number}`);
      });
      return [kind, variable] as const;
    });
    return { parameters, row, state: new Map(state) };
  }

  /** What stays of each parameter, by kind; of a single one the variables. To be disposed of else. */
  #partsOf({ parameters, row, state }: Lot): ReadonlyMap<string, tf.Tensor[]> {
    return new Map([...state].map(([kind, variable]) => {
      if (parameters.length === 1) return [kind, [variable]];
      const made = tf.tidy(() => parts(variable, parameters, this.#runs, row));
      return [kind, made.map((part) => tf.keep(part))];
    }));
  }

  /** Assigns values to the parts of a lot; those for which there is none stay. */
  #write(
    { parameters, row, state }: Lot,
    valueOf: (parameter: tf.Variable, kind: string) => tf.Tensor | undefined,
  ): void {
    for (const [kind, variable] of state) {
      tf.tidy(() => {
        const values = parameters.map((parameter) => valueOf(parameter, kind));
        variable.assign(merge(variable, values, parameters, this.#runs, row));
      });
    }
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
      } of ${this.#lots.size || "some"} parameters or more: ` +
        `current value is ${names.join(", ") || "nothing"}`,
    );
  }

  #forgetDisposed(): void {
    for (const { parameters, state } of new Set(this.#lots.values())) {
      if (!parameters.every(({ isDisposed }) => isDisposed)) continue;
      disposeAll(state);
      for (const parameter of parameters) this.#lots.delete(parameter);
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

/** The state of some parameters of a lot as one: see {@link flat}. */
export function join(
  { parameters, row, state }: Lot,
  chosen: readonly tf.Variable[],
  runs: number,
): ParameterState<string> {
  const isWhole = chosen.length === parameters.length;
  const joined = [...state].map(([kind, variable]) => {
    if (isWhole && chosen.length > 1) return [kind, variable];
    const own = isWhole ? [variable] : parts(variable, parameters, runs, row)
      .filter((_, i) => chosen.includes(parameters[i]!));
    return [kind, flat(own, runs, row)];
  });
  return { parameter: flat(chosen, runs, row), ...Object.fromEntries(joined) };
}

/** Assigns a state that was made from what {@link join} gave. */
export function assign(
  { parameters, row, state }: Lot,
  chosen: readonly tf.Variable[],
  next: Readonly<Record<string, tf.Tensor | undefined>>,
  runs: number,
): void {
  const { parameter, ...rest } = next;
  if (parameter) {
    const moved = parts(parameter, chosen, runs, row);
    chosen.forEach((variable, i) => variable.assign(moved[i]!));
  }
  for (const [kind, variable] of state) {
    const value = rest[kind];
    if (!value) continue;
    if (chosen.length === parameters.length) {
      variable.assign(value.reshape(variable.shape));
      continue;
    }
    const changed = parts(value, chosen, runs, row);
    const values = parameters.map((it) => changed[chosen.indexOf(it)]);
    variable.assign(merge(variable, values, parameters, runs, row));
  }
}

/** The values of a lot's parameters, and where there is none what its variable holds. */
function merge(
  variable: tf.Variable,
  values: readonly (tf.Tensor | undefined)[],
  parameters: readonly tf.Variable[],
  runs: number,
  row: number,
): tf.Tensor {
  const all = values.every((value) => value !== undefined)
    ? values
    : parts(variable, parameters, runs, row).map((part, i) =>
      values[i] ?? part
    );
  return flat(all, runs, row).reshape(variable.shape);
}

/** What {@link flat} has put end to end, each like its parameter. */
function parts(
  value: tf.Tensor,
  parameters: readonly tf.Variable[],
  runs: number,
  row: number,
): tf.Tensor[] {
  if (parameters.length === 1) return [value.reshape(parameters[0]!.shape)];
  const sizes = parameters.flatMap(({ size }) => {
    const zeros = missing(size / runs, row);
    return zeros > 0 ? [size / runs, zeros] : [size / runs];
  });
  const pieces = tf.split(value, sizes, runs > 1 ? 1 : 0);
  return parameters.map(({ size, shape }) => {
    const piece = pieces.shift()!;
    if (missing(size / runs, row) > 0) pieces.shift();
    return piece.reshape(shape);
  });
}

/** How many entries there are from the end of so many to the next row. */
function missing(entries: number, row: number): number {
  return Math.ceil(entries / row) * row - entries;
}

/**
 * Tensors end to end, [entries]; a single one as it is. Those of several runs are end to end for
 * each, [runs, entries], also a single one. Each of several is filled up with zeros to whole rows.
 */
export function flat(
  tensors: readonly tf.Tensor[],
  runs: number,
  row = 1,
): tf.Tensor {
  if (runs === 1 && tensors.length === 1) return tensors[0]!;
  const lines = tensors.map((tensor) =>
    tensor.reshape(runs > 1 ? [runs, -1] : [-1])
  );
  if (lines.length === 1) return lines[0]!;
  const made = new Map<number, tf.Tensor>();
  const zerosOf = (count: number) => {
    const known = made.get(count) ??
      tf.zeros(runs > 1 ? [runs, count] : [count]);
    made.set(count, known);
    return known;
  };
  const filled = lines.flatMap((line) => {
    const zeros = missing(line.size / runs, row);
    return zeros > 0 ? [line, zerosOf(zeros)] : [line];
  });
  return tf.concat(filled, runs > 1 ? 1 : 0);
}

/**
 * What a step of one parameter computes with, as scalar tensors; those of several runs are
 * [runs, 1], to be spread over a state of [runs, entries]. Where some of several parameters do not
 * decay, `keep` has a number for each entry.
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
 * Named numbers of the steps to come, in a variable that stays the same, so that a compiled step
 * reads their values of the moment: one variable, as each takes a copy to a GPU, for so many steps
 * at once. It is made when numbers of so many steps are first set.
 */
export class NamedScalars {
  readonly #scope: string;
  readonly #runs: number;
  #names: readonly string[] = [];
  /** By how many steps they are of. */
  readonly #variables = new Map<number, tf.Variable>();
  #steps = 0;
  #reads = 0;

  /** The variables are called `<scope>/numbers_<steps>`. */
  constructor(scope: string, runs: number) {
    this.#scope = scope;
    this.#runs = runs;
  }

  /** Sets numbers, for all runs or for each, of one step or several: always those of the same names. */
  set(
    steps: readonly Readonly<Record<string, number | readonly number[]>>[],
  ): void {
    const runs = this.#runs;
    this.#names = Object.keys(steps[0]!);
    this.#steps = steps.length;
    this.#reads = 0;
    const values = steps.flatMap((numbers) =>
      this.#names.flatMap((name) => {
        const value = numbers[name]!;
        return typeof value === "number"
          ? Array<number>(runs).fill(value)
          : value;
      })
    );
    const shape = [
      ...steps.length > 1 ? [steps.length] : [],
      this.#names.length,
      ...runs > 1 ? [runs, 1] : [],
    ];
    const tensor = tf.tensor(Float32Array.from(values), shape);
    const known = this.#variables.get(steps.length);
    if (known) known.assign(tensor);
    else {
      const name = `${this.#scope}/numbers_${steps.length}`;
      this.#variables.set(steps.length, tf.variable(tensor, false, name));
    }
    tensor.dispose();
  }

  /**
   * Numbers of the next step of those that were set last, as scalars, of several runs as [runs, 1];
   * after the last step those of the first again.
   *
   * @throws RangeError if nothing has been set.
   */
  read(): Readonly<Record<string, tf.Scalar>> {
    const variable = this.#variables.get(this.#steps);
    if (!variable) {
      throw new RangeError(
        "Cannot update as a step must be prepared first: current value is none",
      );
    }
    const at = this.#reads++ % this.#steps;
    const own = this.#steps > 1
      ? variable.slice(at, 1).reshape(variable.shape.slice(1))
      : variable;
    const numbers = tf.unstack(own)
      .map((number, i) => [this.#names[i]!, number as tf.Scalar]);
    return Object.fromEntries(numbers);
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }
}

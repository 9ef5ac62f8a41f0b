import * as tf from "@tensorflow/tfjs";
import type { NodeOutput, RecordingBinding } from "./graph.ts";
import type {
  DataId,
  Fuse,
  RecordableBackend,
  StoredTensor,
} from "./kernels.ts";

/** What a compiled function may return: a tensor, or several in an array or by name. */
export type Outputs = tf.Tensor | tf.Tensor[] | { [name: string]: tf.Tensor };

/** An input of the function, and where its value is found at each call. */
export interface TraceInput {
  readonly node: NodeOutput;
  find(args: readonly tf.Tensor[]): { readonly dataId: DataId };
}

/** What the function computes for the outside; its shape and type are known before it runs. */
export interface TraceOutput extends StoredTensor {
  readonly node: NodeOutput;
}

/** Variables, and what computes their new values. */
export interface Assignment extends TraceOutput {
  readonly variable: tf.Variable;
}

export interface Trace<R extends Outputs> {
  readonly inputs: readonly TraceInput[];
  /** What the function returned; its tensors hold no values. */
  readonly form: R;
  readonly results: readonly TraceOutput[];
  readonly assigned: readonly Assignment[];
  /** Variables made inside, with their first values. */
  readonly created: readonly Assignment[];
}

/** @throws {Error} if a recorded function can no longer read or assign a variable */
export function checkAlive({ isDisposed, name }: tf.Variable): void {
  if (isDisposed) throw disposedError(`variable ${name}`);
}

/**
 * Calls a function once with tensors that stand for its arguments and for all variables, while
 * ops are recorded. Afterwards every variable and TensorFlow.js are as before, but for variables
 * that were made inside: these have no values yet.
 */
export class Tracer<A extends tf.Tensor[], R extends Outputs> {
  readonly #inputs: TraceInput[] = [];
  readonly #outer = new Map<DataId, number>();
  readonly #created: Assignment[] = [];

  constructor(
    private readonly backend: RecordableBackend,
    private readonly binding: RecordingBinding,
    private readonly fuse: Fuse | null,
  ) {}

  trace(fn: (...args: A) => R, args: A): Trace<R> {
    const { backend, binding, fuse } = this;
    const capture = this.#capture.bind(this);
    let traced: Trace<R>;
    backend.record({ binding, capture, fuse }, () =>
      // It returns nothing: whatever tensor it returned, tidy would keep.
      tf.tidy(() => {
        traced = this.#withStandIns(fn, args);
      }));
    return traced!;
  }

  #withStandIns(fn: (...args: A) => R, args: A): Trace<R> {
    const standIns = new StandIns((variable) =>
      this.#standIn(variable, () => {
        checkAlive(variable);
        return variable;
      })
    );
    try {
      return this.#call(fn, args, standIns);
    } catch (error) {
      this.#abandon();
      throw error;
    } finally {
      standIns.restore();
    }
  }

  /** Cleans up after a function that threw, in the middle of a gradient maybe. */
  #abandon(): void {
    for (const { variable } of this.#created) {
      if (!variable.isDisposed) variable.dispose();
    }
    const { state } = tf.engine();
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved);
    state.activeTape = null as never;
  }

  #call(fn: (...args: A) => R, args: A, standIns: StandIns): Trace<R> {
    const inner = args.map((arg, index) =>
      this.#standIn(arg, (args) => args[index]!)
    ) as A;
    const firstInside = tf.scalar(0).id;
    const form = withGuards({
      onDispose: (tensor) => {
        if (tensor.id >= firstInside || tensor instanceof tf.Variable) return;
        this.#refuseDisposal(`a tensor of shape [${tensor.shape}]`);
      },
      onVariable: (variable) => {
        this.#created.push({ variable, ...this.#outputOf(variable) });
      },
      onRandom: () =>
        this.binding.refuse(
          "Cannot compile a function as it must not draw random numbers without a seed, " +
            "which would be the same in every call: draw them outside and pass them as a tensor.",
        ),
    }, () => fn(...inner));
    const [disposed] = standIns.disposed();
    if (disposed) this.#refuseDisposal(`variable ${disposed.name}`);
    const results = listOutputs(form).map((tensor) => this.#outputOf(tensor));
    const assigned = standIns.assigned()
      .map((variable) => ({ variable, ...this.#outputOf(variable) }));
    this.binding.checkRefusal();
    const created = this.#created
      .filter(({ variable }) => !variable.isDisposed);
    return { inputs: this.#inputs, form, results, assigned, created };
  }

  #standIn(
    { shape, dtype }: tf.Tensor,
    find: TraceInput["find"],
  ): tf.Tensor {
    const number = this.backend.getDTypeInteger(dtype);
    const id = this.#placeholder(shape, number, find);
    return this.backend.createOutputTensor({ id, shape, dtype: number });
  }

  #capture(
    dataId: DataId,
    { shape, dtype }: StoredTensor,
  ): number {
    const known = this.#outer.get(dataId);
    if (known !== undefined) return known;
    const id = this.#placeholder(shape, dtype, () => {
      // Where the data are now does not matter: the backend fetches them from another.
      if (tf.engine().state.tensorInfo.has(dataId)) return { dataId };
      throw disposedError(`a tensor of shape [${shape}]`);
    });
    this.#outer.set(dataId, id);
    return id;
  }

  #placeholder(
    shape: readonly number[],
    dtype: number,
    find: TraceInput["find"],
  ): number {
    return this.binding.placeholder(
      shape,
      dtype,
      (node) => this.#inputs.push({ node, find }),
    );
  }

  #outputOf(tensor: tf.Tensor): TraceOutput {
    const [id] = this.backend.getInputTensorIds([tensor]);
    const { shape, dtype } = this.backend.tensorMap.get(tensor.dataId);
    return { node: this.binding.outputOf(id!), shape, dtype };
  }

  #refuseDisposal(what: string): never {
    this.binding.refuse(
      "Cannot compile a function as it must not dispose what was made outside: " +
        `current value is ${what}.`,
    );
  }
}

function disposedError(what: string): Error {
  return new Error(
    "Cannot run a compiled function as nothing that it used when it was recorded may be " +
      `disposed: current value is ${what}.`,
  );
}

/** What a function that is being recorded must not do unseen. */
interface Guards {
  onDispose(tensor: tf.Tensor): void;
  onVariable(variable: tf.Variable): void;
  /** Before a random number is drawn, which would be the same in every call. */
  onRandom(): void;
}

function withGuards<T>(guards: Guards, act: () => T): T {
  const engine = tf.engine();
  const { disposeTensor, makeVariable } = engine;
  const { random } = Math;
  engine.disposeTensor = (tensor) => {
    guards.onDispose(tensor);
    disposeTensor.call(engine, tensor);
  };
  engine.makeVariable = (...args) => {
    const variable = makeVariable.apply(engine, args);
    guards.onVariable(variable);
    return variable;
  };
  Math.random = () => {
    guards.onRandom();
    return random();
  };
  try {
    return act();
  } finally {
    // What is left is the method of the class.
    Reflect.deleteProperty(engine, "disposeTensor");
    Reflect.deleteProperty(engine, "makeVariable");
    Math.random = random;
  }
}

interface StandIn {
  readonly variable: tf.Variable;
  /** The variable's data, kept for it. */
  readonly real: DataId;
  /** What it has while recording, until it is assigned. */
  readonly standIn: DataId;
}

/**
 * Variables whose data are replaced while a function is recorded: so two variables that share one
 * buffer are told apart, an assignment is seen, and no recorded value reaches the outside.
 */
class StandIns {
  readonly #all: StandIn[] = [];

  /** @param makeTensor a tensor that stands for the variable */
  constructor(makeTensor: (variable: tf.Variable) => tf.Tensor) {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      const { dataId: standIn } = makeTensor(variable);
      this.#all.push({ variable, real: variable.dataId, standIn });
      variable.dataId = standIn;
      tf.engine().incRef(variable, tf.backend());
    }
  }

  /** The variables that were assigned, each with its new value as its data. */
  assigned(): tf.Variable[] {
    return this.#all
      .filter(({ variable, standIn }) => variable.dataId !== standIn)
      .map(({ variable }) => variable);
  }

  disposed(): tf.Variable[] {
    return this.#all.map(({ variable }) => variable)
      .filter(({ isDisposed }) => isDisposed);
  }

  /** Gives every variable its own data back; the disposed ones live again. */
  restore(): void {
    for (const { variable, real } of this.#all) {
      if (variable.isDisposed) revive(variable);
      else tf.engine().disposeTensor(variable);
      variable.dataId = real;
    }
  }
}

function revive(variable: tf.Variable): void {
  Object.assign(variable, { isDisposedInternal: false });
  tf.engine().registeredVariables[variable.name] = variable;
}

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

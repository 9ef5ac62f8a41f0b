import * as tf from "@tensorflow/tfjs";
import { listOutputs, type Outputs } from "../outputs.ts";
import type { DataId, RecordableBackend } from "../recordable_backend.ts";
import type { NodeOutput } from "./graph.ts";
import { withGuards } from "./guards.ts";
import type { RecordingBinding } from "./recording_binding.ts";
import { StandIns } from "./stand_ins.ts";

/** An input of the function, and where its value is found at each call. */
export interface TraceInput {
  readonly node: NodeOutput;
  find(args: readonly tf.Tensor[]): { readonly dataId: DataId };
}

/** Variables, and the nodes that compute their new values. */
export interface Assignment {
  readonly variable: tf.Variable;
  readonly node: NodeOutput;
}

export interface Trace<R extends Outputs> {
  readonly inputs: readonly TraceInput[];
  /** What the function returned; its tensors hold no values. */
  readonly form: R;
  readonly results: readonly NodeOutput[];
  readonly assigned: readonly Assignment[];
  /** Variables made inside, with their first values. */
  readonly created: readonly Assignment[];
}

/**
 * Calls a function once with tensors that stand for its arguments and for all variables, while
 * ops are recorded. Afterwards every variable and TensorFlow.js are as before, but for variables
 * that were made inside: these have no values yet.
 */
export function trace<A extends tf.Tensor[], R extends Outputs>(
  backend: RecordableBackend,
  binding: RecordingBinding,
  fn: (...args: A) => R,
  args: A,
): Trace<R> {
  return new Tracer<A, R>(backend, binding).trace(fn, args);
}

/** @throws {Error} if a recorded function can no longer read or assign a variable */
export function checkAlive({ isDisposed, name }: tf.Variable): void {
  if (isDisposed) throw disposedError(`variable ${name}`);
}

class Tracer<A extends tf.Tensor[], R extends Outputs> {
  readonly #inputs: TraceInput[] = [];
  readonly #outer = new Map<DataId, number>();
  readonly #created: Assignment[] = [];

  constructor(
    private readonly backend: RecordableBackend,
    private readonly binding: RecordingBinding,
  ) {}

  trace(fn: (...args: A) => R, args: A): Trace<R> {
    const { backend, binding } = this;
    const capture = this.#capture.bind(this);
    let traced: Trace<R>;
    backend.record({ binding, capture }, () =>
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
        this.#created.push({ variable, node: this.#nodeOf(variable) });
      },
      onRandom: () =>
        this.binding.refuse(
          "Cannot compile a function as it must not draw random numbers without a seed, " +
            "which would be the same in every call: draw them outside and pass them as a tensor.",
        ),
    }, () => fn(...inner));
    const [disposed] = standIns.disposed();
    if (disposed) this.#refuseDisposal(`variable ${disposed.name}`);
    const results = listOutputs(form).map((tensor) => this.#nodeOf(tensor));
    const assigned = standIns.assigned()
      .map((variable) => ({ variable, node: this.#nodeOf(variable) }));
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
    { shape, dtype }: { shape: number[]; dtype: number },
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

  #nodeOf(tensor: tf.Tensor): NodeOutput {
    const [id] = this.backend.getInputTensorIds([tensor]);
    return this.binding.outputOf(id!);
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

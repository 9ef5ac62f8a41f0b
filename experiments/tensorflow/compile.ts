import * as tf from "@tensorflow/tfjs";
import { fuse } from "./fuse.ts";
import { tensorflowBinding } from "./open.ts";
import type { RecordableBackend } from "./kernels.ts";
import {
  type Assignment,
  checkAlive,
  describeValue,
  likeOutputs,
  listOutputs,
  type Outputs,
  type Trace,
  type TraceOutput,
  Tracer,
} from "./trace.ts";
import { UserError } from "../../data/errors.ts";
import { FIRST_RECORDED_ID, type TensorFlowBinding } from "./binding.ts";
import { AttributeType, DataType } from "./c_api.ts";
import { Graph, RecordingBinding } from "./graph.ts";

export interface CompileOptions {
  /**
   * `eager`: the function is simply called. `graph`: it is recorded and runs as one TensorFlow
   * function. `xla`: that function is compiled by XLA too. `fused`: as `graph`, but XLA compiles the
   * parts that are given to `fuse`, so that they take fewer passes over memory.
   */
  readonly jit: "eager" | "graph" | "xla" | "fused";
}

const WAYS: readonly CompileOptions["jit"][] = [
  "eager",
  "graph",
  "xla",
  "fused",
];

/** A function made by {@link compile}. */
export interface Compiled<
  A extends tf.Tensor[] = tf.Tensor[],
  R extends Outputs = Outputs,
> {
  (...args: A): R;
  /**
   * Frees what TensorFlow holds for it, except that after XLA it keeps a little memory: about
   * 2 MB for a small function. It cannot be called afterwards.
   */
  dispose(): void;
}

/**
 * Makes a function from tensors to tensors run as one function of TensorFlow's: what
 * `tf.function` is in Python. It may read and assign variables, use gradients, and read tensors
 * made outside; a training step is the usual case.
 *
 * The first call for each signature (shapes and data types of the arguments) records the ops of
 * the function without computing anything; this call and all later ones then run the recording.
 * So plain JavaScript in the function, such as a branch on a number, is done once, at recording
 * (twice if the function makes variables), and its numbers are constants from then on. Whatever
 * changes from call to call has to be an argument, or a variable assigned outside. Reading a
 * value, drawing random numbers without a seed, disposing what was made outside, ops whose
 * results' shapes depend on values: all of these are refused.
 *
 * Results are always new tensors, and what the function makes beside them is freed. On other
 * backends, inside another compiled function and while gradients are recorded, the function is
 * called as it is.
 *
 * A recording differs from an eager call in this:
 * - A variable that is an argument is a plain tensor inside. To assign it, capture it.
 * - What `tf.keep` keeps inside cannot be read afterwards. Return it.
 * - `crypto.getRandomValues` is not refused: its numbers are constants from then on.
 * - By XLA, an index of `tf.gather` that is out of range means the nearest that is in range; in
 *   a graph it is an error on a CPU as it is eagerly, and on a GPU it means zeros.
 * - Results may be rounded differently: by XLA, gradients of a residual CNN were measured up to
 *   1.1e-5 of a tensor's largest entry away from eager ones; in a graph, they were equal.
 *
 * @throws {TypeError} if `fn` is no function or `jit` none of the four
 */
export function compile<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  options: CompileOptions,
): Compiled<A, R> {
  checkCompilable(fn, options);
  const { jit } = options;
  const recorded = new Map<string, RecordedFunction<R>>();
  let disposed = false;

  function call(...args: A): R {
    if (disposed) throw disposedError();
    if (jit === "eager" || !canRecord()) return callEagerly(fn, args);
    const key = signature(args);
    let known = recorded.get(key);
    if (!known) {
      const backend = tf.backend() as RecordableBackend;
      const options = { backend, binding: tensorflowBinding() };
      known = record(fn, args, {
        ...options,
        xla: jit === "fused" ? "parts" : jit === "xla",
      });
      recorded.set(key, known);
    }
    return known.run(args);
  }

  return Object.assign(call, {
    dispose() {
      disposed = true;
      for (const one of recorded.values()) one.dispose();
      recorded.clear();
    },
  });
}

function checkCompilable(fn: unknown, options: unknown): void {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot compile as a function must be given: current value is ${
        describeValue(fn)
      }.`,
    );
  }
  const jit = (options as CompileOptions | null | undefined)?.jit;
  if (jit !== undefined && WAYS.includes(jit)) return;
  throw new TypeError(
    `Cannot compile a function as jit must be one of ${WAYS.join(", ")}: ` +
      `current value is ${describeValue(jit)}.`,
  );
}

function canRecord(): boolean {
  return tf.getBackend() === "tensorflow" &&
    !(tf.backend() as RecordableBackend).isRecording &&
    tf.engine().state.gradientDepth === 0;
}

/** As a recording would: new tensors, and nothing else left. */
function callEagerly<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  args: A,
): R {
  return tf.tidy(() => {
    const outputs = fn(...args);
    const copies = listOutputs(outputs).map((output) => output.clone());
    return likeOutputs(outputs, copies);
  });
}

/** @throws {TypeError} if an argument is no tensor or is disposed */
function signature(args: readonly tf.Tensor[]): string {
  return args.map((arg, index) => {
    if (arg instanceof tf.Tensor && !arg.isDisposed) {
      return `${arg.dtype}[${arg.shape}]`;
    }
    throw new TypeError(
      "Cannot call a compiled function as its arguments must be tensors that are not disposed: " +
        `current value of argument ${index + 1} is ${
          arg instanceof tf.Tensor ? "a disposed tensor" : describeValue(arg)
        }.`,
    );
  }).join();
}

function disposedError(): Error {
  return new Error(
    "Cannot call a compiled function as it must not be disposed.",
  );
}

export interface RecordOptions {
  readonly backend: RecordableBackend;
  readonly binding: TensorFlowBinding;
  /** Whether XLA compiles the function, or the parts of it that are given to `fuse`. */
  readonly xla: boolean | "parts";
}

/** Records what a function does with arguments of these shapes and types. */
export function record<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  args: A,
  options: RecordOptions,
): RecordedFunction<R> {
  const first = recordOnce(fn, args, options);
  if ("recorded" in first) return first.recorded;
  // Variables made inside, as an optimizer's are in its first step, have their first values now.
  try {
    const second = recordOnce(fn, args, options);
    if ("recorded" in second) return second.recorded;
    tf.dispose(second.created);
    throw new Error(
      "Cannot compile a function as it must not make a variable in every call: " +
        `current value is variable ${second.created[0]!.name}.`,
    );
  } catch (error) {
    tf.dispose(first.created);
    throw error;
  }
}

function recordOnce<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  args: A,
  options: RecordOptions,
): { recorded: RecordedFunction<R> } | { created: tf.Variable[] } {
  const graph = new Graph(options.binding);
  try {
    const recording = new RecordingBinding(options.binding, graph);
    const fused = options.xla === "parts" ? fuse : null;
    const traced = new Tracer<A, R>(options.backend, recording, fused)
      .trace(fn, args);
    const { functions } = recording;
    if (traced.created.length === 0) {
      return {
        recorded: new RecordedFunction(graph, traced, {
          ...options,
          functions,
        }),
      };
    }
    const all = { ...options, functions };
    return { created: initialize(graph, traced, args, all) };
  } finally {
    graph.dispose();
  }
}

/** Computes the first values of the variables that were made inside, and returns these. */
function initialize<R extends Outputs>(
  graph: Graph,
  { inputs, created: assigned }: Trace<R>,
  args: readonly tf.Tensor[],
  options: RecordOptions & Called,
): tf.Variable[] {
  const variables = assigned.map(({ variable }) => variable);
  try {
    const first = { inputs, form: [], results: [], assigned };
    // XLA would take seconds to compile what is run once.
    const once = new RecordedFunction(graph, first, { ...options, xla: false });
    try {
      once.run(args);
    } finally {
      once.dispose();
    }
    return variables;
  } catch (error) {
    tf.dispose(variables);
    throw error;
  }
}

interface Called {
  /** Functions that the recorded one calls, which end with it. */
  readonly functions: readonly string[];
}

/** TensorFlow knows its functions by name. */
let functions = 0;

/** How XLA says that it has no compiler for a card: itself, or what tries kernels first. */
const NO_PTXAS =
  /Neither ptxas\/nvlink nor nvjtlink is available|Autotuner could not compile any configs/;

/** How TensorFlow says that XLA has no kernel for an op. */
const MISSING_IN_XLA =
  /Detected unsupported operations .*?: (\w+) \(No registered/s;

/** A recording as a function of TensorFlow's: one op, whatever was recorded. */
export class RecordedFunction<R extends Outputs> {
  readonly #name = `compiled_${functions++}`;
  readonly #trace: Omit<Trace<R>, "created">;
  readonly #options: RecordOptions & Called;
  readonly #attributes;

  constructor(
    graph: Graph,
    trace: Omit<Trace<R>, "created">,
    options: RecordOptions & Called,
  ) {
    this.#trace = trace;
    this.#options = options;
    this.#attributes = [
      // Without it, empty though it is, TensorFlow would not optimize the graph.
      { name: "config_proto", type: AttributeType.string, value: "" },
      {
        name: "_XlaMustCompile",
        type: AttributeType.bool,
        value: options.xla === true,
      },
    ];
    const outputs = [...trace.results, ...trace.assigned];
    graph.toFunction(
      this.#name,
      trace.inputs.map(({ node }) => node),
      outputs.map(({ node }) => node),
    );
  }

  /** Computes, assigns the variables that the function assigns, and returns new tensors. */
  run(args: readonly tf.Tensor[]): R {
    const { backend } = this.#options;
    const { inputs, results, assigned, form } = this.#trace;
    for (const { variable } of assigned) checkAlive(variable);
    const found = inputs.map(({ find }) => find(args));
    const handles = this.#execute(backend.getInputTensorIds(found));
    const tensors = results.map((result, index) =>
      this.#makeTensor(result, handles[index]!)
    );
    assigned.forEach((one, index) =>
      this.#assign(one, handles[results.length + index]!)
    );
    return likeOutputs(form, tensors);
  }

  /**
   * @throws {Error} if XLA lacks an op; names it
   * @throws {UserError} if it lacks ptxas
   */
  #execute(inputs: readonly number[]): BigUint64Array {
    const { results, assigned } = this.#trace;
    const count = results.length + assigned.length;
    try {
      return this.#options.binding
        .executeFunction(this.#name, this.#attributes, inputs, count);
    } catch (error) {
      const { message } = error as Error;
      if (NO_PTXAS.test(message)) {
        throw new UserError(
          "Cannot train by XLA on a GPU as ptxas of CUDA 12 must be there, in NVIDIA's wheel " +
            "nvidia-cuda-nvcc-cu12 or in the PATH: current value is none that works. " +
            "--jit graph trains on the card without it.",
          { cause: error },
        );
      }
      const [, op] = MISSING_IN_XLA.exec(message) ?? [];
      if (op === undefined) throw error;
      const what = op === "_Retval" ? "a result of strings" : op;
      throw new Error(
        `Cannot compile ${what} by XLA as it must have a kernel for every op: ` +
          'use the jit "graph".',
        { cause: error },
      );
    }
  }

  #makeTensor({ shape, dtype }: TraceOutput, handle: bigint): tf.Tensor {
    const { backend, binding } = this.#options;
    const id = binding.addHandle(handle);
    return backend.createOutputTensor({ id, shape, dtype });
  }

  /**
   * As `variable.assign` would. Where nothing else has the variable's data, as is usual, the new
   * ones take their place, so that TensorFlow.js has no part in it.
   */
  #assign(assignment: Assignment, handle: bigint): void {
    const { backend, binding } = this.#options;
    const { variable, dtype } = assignment;
    const stored = backend.tensorMap.get(variable.dataId);
    const isAlone = stored.refCount === 1 && stored.id < FIRST_RECORDED_ID;
    if (!isAlone || dtype === DataType.string) {
      const value = this.#makeTensor(assignment, handle);
      variable.assign(value);
      value.dispose();
    } else if (stored.values === null) {
      binding.replaceHandle(stored.id, handle);
    } else {
      stored.values = null;
      stored.id = binding.addHandle(handle);
    }
  }

  dispose(): void {
    const { binding, functions } = this.#options;
    for (const name of [this.#name, ...functions]) binding.removeFunction(name);
  }
}

import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../data/errors.ts";
import { FIRST_RECORDED_ID, type TensorFlowBinding } from "./binding.ts";
import { AttributeType, DataType } from "./c_api.ts";
import { Graph, RecordingBinding } from "./graph.ts";
import type { RecordableBackend } from "./kernels.ts";
import {
  type Assignment,
  checkAlive,
  likeOutputs,
  type Outputs,
  type Trace,
  trace,
  type TraceOutput,
} from "./trace.ts";

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
    const fuses = options.xla === "parts";
    const traced = trace(options.backend, recording, fn, args, fuses);
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
    once.run(args);
    once.dispose();
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

/** How XLA says that it has no compiler for a card. */
const NO_PTXAS = /Neither ptxas\/nvlink nor nvjtlink is available/;

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
            "nvidia-cuda-nvcc-cu12 or in the PATH: current value is none. " +
            "deno task doctor tells more; --device cpu trains on the CPU.",
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

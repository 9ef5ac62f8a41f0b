import * as tf from "@tensorflow/tfjs";
import type { TensorFlowBinding } from "../binding.ts";
import type { Outputs } from "../outputs.ts";
import type { RecordableBackend } from "../recordable_backend.ts";
import { Graph } from "./graph.ts";
import { RecordedFunction } from "./recorded_function.ts";
import { RecordingBinding } from "./recording_binding.ts";
import { type Trace, trace } from "./trace.ts";

export interface RecordOptions {
  readonly backend: RecordableBackend;
  readonly binding: TensorFlowBinding;
  /** Whether XLA compiles the function. */
  readonly xla: boolean;
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
    const traced = trace(options.backend, recording, fn, args);
    if (traced.created.length === 0) {
      return { recorded: new RecordedFunction(graph, traced, options) };
    }
    return { created: initialize(graph, traced, args, options) };
  } finally {
    graph.dispose();
  }
}

/** Computes the first values of the variables that were made inside, and returns these. */
function initialize<R extends Outputs>(
  graph: Graph,
  { inputs, created: assigned }: Trace<R>,
  args: readonly tf.Tensor[],
  options: RecordOptions,
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

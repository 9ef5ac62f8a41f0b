import * as tf from "@tensorflow/tfjs";
import type { TensorFlowBinding } from "../binding.ts";
import type { Outputs } from "../outputs.ts";
import type { RecordableBackend } from "../recordable_backend.ts";
import { Graph } from "./graph.ts";
import { RecordedFunction } from "./recorded_function.ts";
import { RecordingBinding } from "./recording_binding.ts";
import { trace } from "./trace.ts";

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
  if (first.created.length === 0) return first.recorded;
  first.recorded.dispose();
  // Variables made inside, as an optimizer's are in its first step, have their first values now.
  try {
    return recordAgain(fn, args, options);
  } catch (error) {
    tf.dispose(first.created);
    throw error;
  }
}

function recordAgain<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  args: A,
  options: RecordOptions,
): RecordedFunction<R> {
  const { recorded, created: [first, ...others] } = recordOnce(
    fn,
    args,
    options,
  );
  if (!first) return recorded;
  recorded.dispose();
  tf.dispose([first, ...others]);
  throw new Error(
    "Cannot compile a function as it must not make a variable in every call: " +
      `current value is variable ${first.name}.`,
  );
}

function recordOnce<A extends tf.Tensor[], R extends Outputs>(
  fn: (...args: A) => R,
  args: A,
  options: RecordOptions,
) {
  const graph = new Graph(options.binding);
  try {
    const recording = new RecordingBinding(options.binding, graph);
    const traced = trace(options.backend, recording, fn, args);
    const { created } = traced;
    if (created.length > 0) {
      const { inputs } = traced;
      const initialize = new RecordedFunction(
        graph,
        { inputs, form: [], results: [], assigned: created },
        options,
      );
      initialize.run(args);
      initialize.dispose();
    }
    return {
      recorded: new RecordedFunction(graph, traced, options),
      created: created.map(({ variable }) => variable),
    };
  } finally {
    graph.dispose();
  }
}

import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./open.ts";
import type { RecordableBackend } from "./kernels.ts";
import {
  describeValue,
  likeOutputs,
  listOutputs,
  type Outputs,
} from "./trace.ts";
import { record, type RecordedFunction } from "./record.ts";

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

import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./open.ts";
import { Graph, type NodeOutput, RecordingBinding } from "./graph.ts";
import type { RecordableBackend } from "./kernels.ts";

/** Whether {@link fuse} compiles: inside what `compile` records by the jit `fused`. */
export function canFuse(): boolean {
  return tf.getBackend() === "tensorflow" &&
    (tf.backend() as RecordableBackend).recorder?.fuses === true;
}

/** TensorFlow knows its functions by name. */
let functions = 0;

/**
 * Calls a function of tensors. Where {@link canFuse}, its ops become one program of XLA's within
 * the function that is being recorded: elementwise ops one after the other are then one pass over
 * memory. It may use its arguments only, and is not differentiated: that is up to a custom gradient
 * around it.
 */
export function fuse<A extends tf.Tensor[]>(
  fn: (...args: A) => tf.Tensor[],
  ...args: A
): tf.Tensor[] {
  if (!canFuse()) return fn(...args);
  const backend = tf.backend() as RecordableBackend;
  const outer = backend.recorder!.binding;
  const { name, inputs, made } = recordPart(backend, fn, args);
  const ids = backend.getInputTensorIds(inputs.map((index) => args[index]!));
  const given = inputs.map((index, at) => ({
    id: ids[at]!,
    dtype: backend.getDTypeInteger(args[index]!.dtype),
  }));
  return outer.call(name, given, made)
    .map((tensor) => backend.createOutputTensor(tensor));
}

/** Makes a function of what `fn` does; `inputs` are the arguments that it uses, in its order. */
function recordPart<A extends tf.Tensor[]>(
  backend: RecordableBackend,
  fn: (...args: A) => tf.Tensor[],
  args: A,
) {
  const name = `fused_${functions++}`;
  const graph = new Graph(tensorflowBinding());
  const binding = new RecordingBinding(tensorflowBinding(), graph);
  const inputs: number[] = [];
  const nodes: NodeOutput[] = [];
  const capture = () =>
    binding.refuse(
      "Cannot fuse a function as it must use its arguments only: " +
        "current value is a tensor from outside.",
    );
  const { state } = tf.engine();
  // As inside a kernel: what is called is not differentiated.
  state.kernelDepth++;
  try {
    let made: { output: NodeOutput; shape: number[]; dtype: number }[] = [];
    backend.record({ binding, capture, fuses: false }, () =>
      tf.tidy(() => {
        const standIns = args.map(({ shape, dtype }, index) => {
          const number = backend.getDTypeInteger(dtype);
          const id = binding.placeholder(shape, number, (node) => {
            inputs.push(index);
            nodes.push(node);
          });
          return backend.createOutputTensor({ id, shape, dtype: number });
        });
        made = fn(...standIns as A).map((tensor) => {
          const [id] = backend.getInputTensorIds([tensor]);
          const { shape, dtype } = backend.tensorMap.get(tensor.dataId);
          return { output: binding.outputOf(id!), shape, dtype };
        });
      }));
    binding.checkRefusal();
    graph.toFunction(name, nodes, made.map(({ output }) => output));
    return { name, inputs, made };
  } finally {
    state.kernelDepth--;
    graph.dispose();
  }
}

/** What is normalized by the statistics of its batch, scaled and offset by [channels]. */
export interface NormalizedBranch {
  /** [batch, height, width, channels] */
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

export interface NormalizedRelu {
  /** Like each input. */
  readonly y: tf.Tensor4D;
  /** Of each branch's batch, both [channels]; not differentiated. */
  readonly moments: readonly {
    readonly mean: tf.Tensor1D;
    readonly variance: tf.Tensor1D;
  }[];
}

/**
 * `relu` of the sum of normalized branches, and of another tensor if there is one, in three passes
 * over memory, and three for the gradient: mean, variance and result; both sums and result.
 */
export function normalizedRelu(
  branches: readonly NormalizedBranch[],
  rest: tf.Tensor4D | undefined,
  epsilon: number,
): NormalizedRelu {
  const count = branches.length;
  const rests = rest ? [rest] : [];
  const given = branches.flatMap(({ x, scale, offset }) => [x, scale, offset]);
  const [value, ...moments] = fuse(
    (...inputs: tf.Tensor[]) => forward(inputs, count, epsilon),
    ...given as tf.Tensor[],
    ...rests,
  );
  const differentiable = tf.customGrad((...inputs) => {
    const save = inputs.pop() as unknown as tf.GradSaveFunc;
    const kept = branches.flatMap(({ x, scale }) => [x, scale]);
    save([value!, ...kept as tf.Tensor[], ...moments]);
    return {
      value: value!.clone(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        fuse(
          (...inputs: tf.Tensor[]) =>
            backward(inputs, count, epsilon, rest !== undefined),
          dy,
          ...saved,
        ),
    };
  });
  return {
    y: differentiable(...given as tf.Tensor[], ...rests) as tf.Tensor4D,
    moments: branches.map((_, i) => ({
      mean: moments[2 * i] as tf.Tensor1D,
      variance: moments[2 * i + 1] as tf.Tensor1D,
    })),
  };
}

/** Result, then mean and variance of each branch. */
function forward(
  inputs: readonly tf.Tensor[],
  count: number,
  epsilon: number,
): tf.Tensor[] {
  const terms = inputs.slice(3 * count);
  const moments: tf.Tensor[] = [];
  for (let i = 0; i < count; i++) {
    const [x, scale, offset] = inputs.slice(3 * i, 3 * i + 3);
    const rows = x!.size / scale!.size;
    const mean = sumOfRows((x) => x!, [x!]).div(rows);
    const variance = sumOfRows((x) => x!.sub(mean).square(), [x!]).div(rows);
    const factor = variance.add(epsilon).rsqrt().mul(scale!);
    terms.push(x!.sub(mean).mul(factor).add(offset!));
    moments.push(mean, variance);
  }
  return [tf.maximum(sum(terms), 0), ...moments];
}

/** Gradients of the inputs of {@link forward}. */
function backward(
  inputs: readonly tf.Tensor[],
  count: number,
  epsilon: number,
  hasRest: boolean,
): tf.Tensor[] {
  const [dy, y] = inputs;
  const kept = inputs.slice(2, 2 + 2 * count);
  const moments = inputs.slice(2 + 2 * count);
  const zero = tf.scalar(0);
  const passed = (dy: tf.Tensor, y: tf.Tensor) =>
    tf.where(y.greater(zero), dy, zero);
  const offset = sumOfRows((dy, y) => passed(dy!, y!), [dy!, y!]);
  const gradients = Array.from({ length: count }, (_, i) => {
    const [x, scale] = kept.slice(2 * i, 2 * i + 2);
    const [mean, variance] = moments.slice(2 * i, 2 * i + 2);
    const rows = x!.size / scale!.size;
    const inverse = variance!.add(epsilon).rsqrt();
    const along = sumOfRows(
      (dy, y, x) => passed(dy!, y!).mul(x!.sub(mean!)),
      [dy!, y!, x!],
    ).mul(inverse);
    const back = x!.sub(mean!).mul(along.mul(inverse).div(rows));
    const dx = passed(dy!, y!).sub(offset.div(rows)).sub(back)
      .mul(inverse.mul(scale!));
    return [dx, along, offset];
  }).flat();
  return hasRest ? [...gradients, passed(dy!, y!)] : gradients;
}

/** Rows are added in so many heaps side by side, which XLA makes one pass of wide registers. */
const HEAPS = 16;

/** Sums over all axes but the last of a function of tensors, entry by entry: [channels]. */
function sumOfRows(
  fn: (...entries: tf.Tensor[]) => tf.Tensor,
  tensors: readonly tf.Tensor[],
): tf.Tensor {
  const channels = tensors[0]!.shape.at(-1)!;
  const rows = tensors[0]!.size / channels;
  let heaps = HEAPS;
  while (rows % heaps > 0) heaps /= 2;
  const parts = tensors.map((tensor) =>
    tf.unstack(tensor.reshape([heaps, rows / heaps, channels]))
  );
  const entries = parts[0]!.map((_, i) => fn(...parts.map((part) => part[i]!)));
  return sum(entries).sum(0);
}

/** In pairs of pairs, which rounds less than one after the other. */
function sum(terms: readonly tf.Tensor[]): tf.Tensor {
  if (terms.length === 1) return terms[0]!;
  const half = Math.ceil(terms.length / 2);
  return sum(terms.slice(0, half)).add(sum(terms.slice(half)));
}

import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./open.ts";
import { Graph, type NodeOutput, RecordingBinding } from "./graph.ts";
import type { RecordableBackend } from "./kernels.ts";
import { geluGradient, geluOf, runNativeOp } from "./ops.ts";

/** Whether {@link fuse} compiles: inside what `compile` records by the jit `fused`. */
export function canFuse(): boolean {
  return tf.getBackend() === "tensorflow" &&
    (tf.backend() as RecordableBackend).fuse !== undefined;
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
    backend.record({ binding, capture, fuse: null }, () =>
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

/**
 * A function of tensors and its gradient, each as one program of XLA's; inputs are kept for the
 * gradient, and so is what `forward` gives beside its result, which is not differentiated.
 */
function differentiable(
  forward: (...inputs: tf.Tensor[]) => tf.Tensor[],
  backward: (
    dy: tf.Tensor,
    inputs: tf.Tensor[],
    kept: tf.Tensor[],
  ) => tf.Tensor[],
  ...inputs: tf.Tensor[]
): tf.Tensor {
  const [value, ...kept] = fuse(forward, ...inputs);
  const count = inputs.length;
  return tf.customGrad((...given) => {
    (given.pop() as unknown as tf.GradSaveFunc)([
      ...given as tf.Tensor[],
      ...kept,
    ]);
    return {
      value: value!.clone(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        fuse(
          (dy, ...saved) =>
            backward(dy!, saved.slice(0, count), saved.slice(count)),
          dy,
          ...saved,
        ),
    };
  })(...inputs);
}

/** {@link layerNormalization} of [.., width] in few passes over memory, its gradient too. */
export function fusedLayerNormalization<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): T {
  const rows = x.reshape<tf.Tensor2D>([-1, scale.size]);
  return differentiable(
    (x, scale, offset) => {
      const mean = meanOfEach((x) => x!, [x!]);
      const variance = meanOfEach((x) => x!.sub(mean).square(), [x!]);
      const factor = variance.add(epsilon).rsqrt();
      const normal = x!.sub(mean).mul(factor);
      return [normal.mul(scale!).add(offset!), mean, factor];
    },
    (dy, [x, scale], [mean, factor]) => {
      const normal = (x: tf.Tensor) => x.sub(mean!).mul(factor!);
      const sizes = scale!.reshape([1, -1]);
      const level = meanOfEach((dy, scale) => dy!.mul(scale!), [dy, sizes]);
      const along = meanOfEach(
        (dy, scale, x) => dy!.mul(scale!).mul(normal(x!)),
        [dy, sizes, x!],
      );
      const dx = dy.mul(scale!).sub(level).sub(normal(x!).mul(along))
        .mul(factor!);
      const scales = dy.mul(normal(x!));
      return [
        dx,
        sumOfRows((it) => it!, [scales]),
        sumOfRows((dy) => dy!, [dy]),
      ];
    },
    rows,
    scale,
    offset,
  ).reshape(x.shape) as T;
}

/** {@link biasAdd} of [rows, width], whose gradient sums rows in wide registers. */
export function fusedBiasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  return tf.customGrad((x, bias) => ({
    value: runNativeOp("BiasAdd", [x as tf.Tensor, bias as tf.Tensor])[0]!,
    gradFunc: (dy: tf.Tensor) => [
      dy.clone(),
      ...fuse((dy) => [sumOfRows((dy) => dy!, [dy])], dy),
    ],
  }))(x, bias) as T;
}

/** {@link gelu} in one pass over memory, and one for its gradient. */
export function fusedGelu<T extends tf.Tensor>(x: T): T {
  return differentiable(
    (x) => [geluOf(x!)],
    (dy, [x]) => [geluGradient(dy, x!)],
    x,
  ) as T;
}

/**
 * Softmax over the last axis, with its gradient in few passes. The result is TensorFlow's: XLA
 * computes each power twice.
 */
export function fusedSoftmax<T extends tf.Tensor>(x: T): T {
  const width = x.shape.at(-1)!;
  return tf.customGrad((x, save) => {
    const y = tf.softmax(x as tf.Tensor);
    (save as tf.GradSaveFunc)([y]);
    const gradient = (dy: tf.Tensor, y: tf.Tensor) => {
      const along = ofEach(
        tf.add,
        (x) => x.sum(-1, true),
        (dy, y) => dy!.mul(y!),
        [dy, y],
      );
      return [dy.sub(along).mul(y)];
    };
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) =>
        fuse(gradient, dy.reshape([-1, width]), y!.reshape([-1, width]))[0]!
          .reshape(dy.shape),
    };
  })(x) as T;
}

/** Entries of a row that XLA takes side by side: those of one wide register. */
const LANES = 8;

/** Mean of each row of a function of [rows, width] or [1, width], entry by entry: [rows, 1]. */
function meanOfEach(
  fn: (...entries: tf.Tensor[]) => tf.Tensor,
  tensors: readonly tf.Tensor[],
): tf.Tensor {
  const width = tensors[0]!.shape.at(-1)!;
  return ofEach(tf.add, (x) => x.sum(-1, true), fn, tensors).mul(1 / width);
}

/**
 * Folds each row of a function of [rows, width]: [rows, 1]. XLA folds a row entry by entry, one
 * waiting for the other; here it is as many side by side as a register has.
 */
function ofEach(
  combine: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  finish: (lanes: tf.Tensor) => tf.Tensor,
  fn: (...entries: tf.Tensor[]) => tf.Tensor,
  tensors: readonly tf.Tensor[],
): tf.Tensor {
  const width = tensors[0]!.shape.at(-1)!;
  if (width % LANES > 0) return finish(fn(...tensors));
  const entries = pieceByPiece(fn, tensors, (tensor) =>
    tf.unstack(
      tensor.reshape([tensor.size / width, width / LANES, LANES]),
      1,
    ));
  return finish(inPairs(entries, combine));
}

/** What a function makes of the first piece of each tensor, of the second, and so on. */
function pieceByPiece(
  fn: (...entries: tf.Tensor[]) => tf.Tensor,
  tensors: readonly tf.Tensor[],
  cut: (tensor: tf.Tensor) => tf.Tensor[],
): tf.Tensor[] {
  const pieces = tensors.map(cut);
  return pieces[0]!.map((_, i) => fn(...pieces.map((piece) => piece[i]!)));
}

/** Rows are added in so many heaps side by side, which XLA makes one pass of wide registers. */
const HEAPS = 16;

/**
 * Up to so many channels, sums of blocks of rows are made apart, as they leave XLA too little to do
 * side by side: a fifth faster for 16, and slower for 64.
 */
const NARROW = 16;
const BLOCKS = 8;

/** Sums over all axes but the last of a function of tensors, entry by entry: [channels]. */
function sumOfRows(
  fn: (...entries: tf.Tensor[]) => tf.Tensor,
  tensors: readonly tf.Tensor[],
): tf.Tensor {
  const channels = tensors[0]!.shape.at(-1)!;
  const rows = tensors[0]!.size / channels;
  let heaps = HEAPS;
  while (rows % heaps > 0) heaps /= 2;
  const entries = pieceByPiece(
    fn,
    tensors,
    (tensor) => tf.unstack(tensor.reshape([heaps, rows / heaps, channels])),
  );
  const heap = rows / heaps;
  if (channels > NARROW || heap % BLOCKS > 0) return sum(entries).sum(0);
  const sums = sum(entries).reshape([BLOCKS, heap / BLOCKS, channels]).sum(1);
  return sum(tf.unstack(sums));
}

/** In pairs of pairs, which rounds less than one after the other. */
function sum(terms: readonly tf.Tensor[]): tf.Tensor {
  return inPairs(terms, tf.add);
}

function inPairs(
  terms: readonly tf.Tensor[],
  combine: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (terms.length === 1) return terms[0]!;
  const half = Math.ceil(terms.length / 2);
  return combine(
    inPairs(terms.slice(0, half), combine),
    inPairs(terms.slice(half), combine),
  );
}

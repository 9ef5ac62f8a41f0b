import * as tf from "@tensorflow/tfjs";
import { fuse } from "./fuse.ts";

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

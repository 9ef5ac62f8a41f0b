/**
 * The layers of several runs of one network at once. The runs lie end to end in the batch,
 * [runs * batch, ...], and along the first axis of each parameter, [runs, ...]. So whatever treats
 * images one by one, such as a relu, attention or a mean of tokens, is as for one run; a layer with
 * parameters parts the runs, and hands them on as one batch again.
 */
import * as tf from "@tensorflow/tfjs";
import { batchNormalization, layerNormalization } from "../tensorflow/mod.ts";
import { tensorflowBinding } from "../tensorflow/open.ts";
import { hasNativeOps } from "../tensorflow/ops.ts";

/** Does something with the rows of each run, [runs, rows, width], that keeps all but the width. */
function byRun<T extends tf.Tensor>(
  x: T,
  runs: number,
  act: (rows: tf.Tensor3D) => tf.Tensor3D,
): T {
  const y = act(x.reshape<tf.Tensor3D>([runs, -1, x.shape.at(-1)!]));
  return y.reshape<T>([...x.shape.slice(0, -1), y.shape[2]]);
}

/** A vector of each run, [runs, width], as [runs, 1, width]: to be spread over its rows. */
function overRows(vectors: tf.Tensor): tf.Tensor3D {
  const [runs, width] = vectors.shape as [number, number];
  return vectors.reshape([runs, 1, width]);
}

/** `x W + b` of each run: kernels [runs, inputs, outputs] and biases [runs, outputs]. */
export function denseByRun<T extends tf.Tensor>(
  x: T,
  kernels: tf.Tensor,
  biases: tf.Tensor,
): T {
  return byRun(
    x,
    kernels.shape[0]!,
    (rows) => tf.matMul(rows, kernels as tf.Tensor3D).add(overRows(biases)),
  );
}

/** `x * gain` of each run: gains [runs, width]. */
export function scaleByRun<T extends tf.Tensor>(x: T, gains: tf.Tensor): T {
  return byRun(x, gains.shape[0]!, (rows) => rows.mul(overRows(gains)));
}

/** Adds to the batch of each run what it has for one image: tables [runs, 1, ...]. */
export function addByRun<T extends tf.Tensor>(x: T, tables: tf.Tensor): T {
  const [runs, , ...shape] = tables.shape as [number, ...number[]];
  return x.reshape([runs, -1, ...shape]).add(tables).reshape(x.shape);
}

/** Layer normalization over the last axis: gains and biases [runs, width]. */
export function layerNormalizationByRun<T extends tf.Tensor>(
  x: T,
  gains: tf.Tensor,
  biases: tf.Tensor,
  epsilon: number,
): T {
  return byRun(
    x,
    gains.shape[0]!,
    (rows) =>
      layerNormalization(rows, overRows(gains), overRows(biases), epsilon),
  );
}

/**
 * The convolution of each run, kernels [runs, height, width, in, out]. Not one of as many groups:
 * that is slower than single ones on every device (jax-ml/jax 26568), and TensorFlow has no gradient
 * of it on a CPU. On a GPU, where launches cost most, a single product for all runs.
 */
export function convolutionByRun(
  x: tf.Tensor4D,
  kernels: tf.Tensor,
  stride: number,
): tf.Tensor4D {
  return hasNativeOps() && tensorflowBinding().isUsingGpuDevice()
    ? oneProduct(x, kernels, stride)
    : singleConvolutions(x, kernels, stride);
}

/**
 * All that each output sees, side by side, times all kernels. On an H100, single convolutions of
 * the study's CNN would launch some 80 kernels more for each run; this one launches as many for 128
 * runs as for one, and moves the bytes of its images nine times.
 */
export function oneProduct(
  x: tf.Tensor4D,
  kernels: tf.Tensor,
  stride: number,
): tf.Tensor4D {
  const [runs, size, , inputs, outputs] = kernels.shape as number[];
  const [images, height, width] = x.shape;
  const [rows, columns] = [height, width].map((side) =>
    Math.ceil(side / stride)
  ) as [number, number];
  // A whole number of strides, with what the last window sees: zeros beyond the image.
  const [top, left] = [[rows, height], [columns, width]].map(([count, side]) =>
    Math.floor(Math.max((count! - 1) * stride + size! - side!, 0) / 2)
  ) as [number, number];
  const reach = Math.ceil((size! - 1) / stride);
  const [tall, wide] = [rows + reach, columns + reach];
  // Where the stride is larger than the kernel, the last rows and columns are seen by nobody.
  const [high, broad] = [top + height, left + width].map((end, axis) =>
    Math.min(end, [tall, wide][axis]! * stride)
  ) as [number, number];
  const seen = x.slice([0, 0, 0, 0], [-1, high - top, broad - left, -1]);
  // [images, row, within, column, within, inputs]: a place within a stride is a slice.
  const strided = seen.pad([
    [0, 0],
    [top, tall * stride - high],
    [left, wide * stride - broad],
    [0, 0],
  ]).reshape([images, tall, stride, wide, stride * inputs!]);
  const places = Array.from({ length: size! * size! }, (_, i) => {
    const [row, column] = [Math.floor(i / size!), i % size!];
    const within = column % stride * inputs!;
    return strided.slice(
      [
        0,
        Math.floor(row / stride),
        row % stride,
        Math.floor(column / stride),
        within,
      ],
      [images, rows, 1, columns, inputs!],
    ).reshape<tf.Tensor2D>([images * rows * columns, inputs!]);
  });
  const patches = tf.concat(places, 1)
    .reshape<tf.Tensor3D>([runs!, -1, size! * size! * inputs!]);
  return tf.matMul(
    patches,
    kernels.reshape<tf.Tensor3D>([runs!, -1, outputs!]),
  ).reshape([images, rows, columns, outputs!]);
}

/** One after the other; on a CPU each is as fast as that of one run, and has its bits. */
export function singleConvolutions(
  x: tf.Tensor4D,
  kernels: tf.Tensor,
  stride: number,
): tf.Tensor4D {
  const images = tf.split(x, kernels.shape[0]!) as tf.Tensor4D[];
  const filters = tf.unstack(kernels) as tf.Tensor4D[];
  return tf.concat<tf.Tensor4D>(
    images.map((own, run) => tf.conv2d(own, filters[run]!, stride, "same")),
  );
}

/**
 * Batch normalization of each run: gains and biases [runs, channels]. The channels of all runs are
 * those of one image, as each channel is normalized by itself.
 *
 * @param fixed mean and variance to use, [runs * channels] each; the batch's own if absent
 * @returns what was normalized, with mean and variance [runs * channels]
 */
export function batchNormalizationByRun(
  x: tf.Tensor4D,
  gains: tf.Tensor,
  biases: tf.Tensor,
  { epsilon, fixed }: {
    readonly epsilon: number;
    readonly fixed: readonly [tf.Tensor1D, tf.Tensor1D] | undefined;
  },
): { y: tf.Tensor4D; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const [runs, channels] = gains.shape as [number, number];
  const [, height, width] = x.shape;
  // As images: cuDNN refuses more than 65,535 of them.
  const across = x.reshape([runs, -1, channels]).transpose([1, 0, 2])
    .reshape<tf.Tensor4D>([-1, height, width, runs * channels]);
  const scale = gains.flatten();
  const offset = biases.flatten();
  const back = (y: tf.Tensor4D) =>
    y.reshape([-1, runs, channels]).transpose([1, 0, 2])
      .reshape<tf.Tensor4D>(x.shape);
  if (fixed) {
    const [mean, variance] = fixed;
    const y = tf.batchNorm4d(across, mean, variance, offset, scale, epsilon);
    return { y: back(y), mean, variance };
  }
  const { y, ...statistics } = batchNormalization(
    across,
    scale,
    offset,
    epsilon,
  );
  return { y: back(y), ...statistics };
}

/**
 * Each run's loss, [runs] or a scalar, and the gradients of every parameter. As no run's loss
 * depends on another's parameters, the gradient of their sum is that of each run.
 */
export function gradientsByRun(
  { runs, parameters }: {
    readonly runs: number;
    readonly parameters: readonly tf.Variable[];
  },
  losses: () => tf.Tensor,
): { value: tf.Tensor; grads: tf.NamedTensorMap } {
  if (runs === 1) {
    return tf.variableGrads(losses as () => tf.Scalar, [...parameters]);
  }
  const { value, grads } = tf.engine().gradients(losses, [...parameters]);
  const named = parameters.map(({ name }, i) => [name, grads[i]!] as const);
  return { value, grads: Object.fromEntries(named) };
}

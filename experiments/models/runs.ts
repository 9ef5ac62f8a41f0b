/**
 * The layers of several runs of one network at once. The runs lie end to end in the batch,
 * [runs * batch, ...], and along the first axis of each parameter, [runs, ...]. So whatever treats
 * images one by one, such as attention or a mean of tokens, is as for one run; a layer with
 * parameters parts the runs, and hands them on as one batch again. Between convolutions, images lie
 * as an {@link ImageLayout} says.
 */
import * as tf from "@tensorflow/tfjs";
import { layerNormalization } from "../tensorflow/mod.ts";
import { tensorflowBinding } from "../tensorflow/open.ts";
import {
  batchNormalization,
  type BatchNormalized,
  gatherRows,
  hasNativeOps,
  sumOfRows,
} from "../tensorflow/ops.ts";

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
    (rows) =>
      addOverRows(tf.matMul(rows, kernels as tf.Tensor3D), overRows(biases)),
  );
}

/** [runs, rows, width] + [runs, 1, width]. */
function addOverRows(rows: tf.Tensor3D, vectors: tf.Tensor3D): tf.Tensor3D {
  return tf.customGrad((rows, vectors) => ({
    value: (rows as tf.Tensor).add(vectors as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy.clone(), sumOfRows(dy as tf.Tensor3D)],
  }))(rows, vectors) as tf.Tensor3D;
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
 * How the images of several runs lie in memory. Their channels are those of one image, so whatever
 * treats channels one by one, such as a batch normalization or a relu, is as for one run.
 */
export interface ImageLayout {
  /** Of images one run after the other, [runs * batch, height, width, channels]. */
  lay(images: tf.Tensor4D, runs: number): tf.Tensor4D;
  /** The convolution of each run: kernels [runs, height, width, in, out], those of one without runs. */
  convolve(x: tf.Tensor4D, kernels: tf.Tensor, stride: number): tf.Tensor4D;
  /** Batch normalization by the batch: scale and offset [runs * channels]. */
  normalize(
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    offset: tf.Tensor1D,
    epsilon: number,
  ): BatchNormalized;
  /** Batch normalization by a mean and a variance, [runs * channels] each. */
  normalizeBy(
    moments: readonly [mean: tf.Tensor1D, variance: tf.Tensor1D],
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    offset: tf.Tensor1D,
    epsilon: number,
  ): tf.Tensor4D;
  /** Each channel's mean over its image, one run after the other: [runs * batch, channels]. */
  means(x: tf.Tensor4D, runs: number): tf.Tensor2D;
}

/** The layout for so many runs on the device in use. */
export function layoutOf(runs: number): ImageLayout {
  return runs > 1 && hasNativeOps() && tensorflowBinding().isUsingGpuDevice()
    ? CHANNELS_FIRST
    : CHANNELS_LAST;
}

/**
 * [batch, height, width, runs * channels]: that of one run, and of several on a CPU, where one
 * convolution after the other is as fast as that of one run, and has its bits. It is never one
 * convolution in groups: that is slower than single ones on every device (jax-ml/jax 26568), and
 * TensorFlow has no gradient of it on a CPU.
 */
export const CHANNELS_LAST: ImageLayout = {
  lay(images, runs) {
    if (runs === 1) return images;
    const [, height, width, channels] = images.shape;
    return images.reshape([runs, -1, height * width, channels])
      .transpose([1, 2, 0, 3])
      .reshape([-1, height, width, runs * channels]);
  },
  convolve(x, kernels, stride) {
    const single = (x: tf.Tensor, kernel: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, "same");
    if (kernels.rank === 4) return single(x, kernels);
    const images = tf.split(x, kernels.shape[0]!, 3);
    const filters = tf.unstack(kernels);
    return tf.concat(images.map((own, run) => single(own, filters[run]!)), 3);
  },
  normalize: batchNormalization,
  normalizeBy: (moments, x, scale, offset, epsilon) =>
    tf.batchNorm4d(x, ...moments, offset, scale, epsilon),
  means(x, runs) {
    const means = x.mean<tf.Tensor2D>([1, 2]);
    if (runs === 1) return means;
    const channels = means.shape[1] / runs;
    return means.reshape([-1, runs, channels]).transpose([1, 0, 2])
      .reshape([-1, channels]);
  },
};

/**
 * [runs * channels, height, width, batch]: that of several runs on a GPU, where launches cost most,
 * so all of them are one product. What each output sees is then found by copying whole batches, the
 * product needs no transpose, and a batch normalization has each channel in one piece.
 */
export const CHANNELS_FIRST: ImageLayout = {
  lay(images, runs) {
    const [, height, width, channels] = images.shape;
    return images.reshape([runs, -1, height * width, channels])
      .transpose([0, 3, 2, 1])
      .reshape([runs * channels, height, width, -1]);
  },
  convolve(x, kernels, stride) {
    const [channels, height, width, batch] = x.shape;
    const [runs, size, , inputs, outputs] = kernels.shape as number[];
    const windows = windowsOf({ height, width, size: size!, stride });
    return differentiableProduct(
      x.reshape([channels, height * width, batch]),
      kernels.reshape([runs!, size! ** 2, inputs!, outputs!]),
      windows,
    ).reshape([runs! * outputs!, windows.rows, windows.columns, batch]);
  },
  normalize(x, scale, offset, epsilon) {
    const [channels, height, width, batch] = x.shape;
    const image = x.reshape<tf.Tensor4D>([
      1,
      channels,
      height * width,
      batch,
    ]);
    const { y, ...moments } = batchNormalization(
      image,
      scale,
      offset,
      epsilon,
      "NCHW",
    );
    return { y: y.reshape(x.shape), ...moments };
  },
  normalizeBy([mean, variance], x, scale, offset, epsilon) {
    const factor = variance.add(epsilon).rsqrt().mul(scale);
    const rest = offset.sub(mean.mul(factor));
    return x.mul(factor.reshape([-1, 1, 1, 1])).add(
      rest.reshape([-1, 1, 1, 1]),
    );
  },
  means(x, runs) {
    const [all, height, width, batch] = x.shape;
    const channels = all / runs;
    return x.reshape([all, height * width, batch]).mean(1)
      .reshape([runs, channels, batch])
      .transpose([0, 2, 1])
      .reshape([-1, channels]);
  },
};

/** What the outputs of a zero padded convolution see of an image. */
interface Windows {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  /** Places of an image, and of what comes of it. */
  readonly places: readonly [inputs: number, outputs: number];
  /** By place within a kernel, for each output: the input that it sees there, or -1 for none. */
  readonly seen: readonly (readonly number[])[];
  /** By place within a kernel, for each input: the output that sees it there, or -1 for none. */
  readonly seenBy: readonly (readonly number[])[];
}

function windowsOf(
  { height, width, size, stride }: {
    height: number;
    width: number;
    size: number;
    stride: number;
  },
): Windows {
  const [rows, columns] = [height, width].map((side) =>
    Math.ceil(side / stride)
  ) as [number, number];
  const [top, left] = [[rows, height], [columns, width]].map(([count, side]) =>
    Math.floor(Math.max((count! - 1) * stride + size - side!, 0) / 2)
  ) as [number, number];
  const places = [height * width, rows * columns] as const;
  const seen: number[][] = [];
  const seenBy: number[][] = [];
  for (let within = 0; within < size * size; within++) {
    const inputs = Array<number>(places[1]).fill(-1);
    const outputs = Array<number>(places[0]).fill(-1);
    for (let output = 0; output < places[1]; output++) {
      const row = Math.floor(output / columns) * stride - top +
        Math.floor(within / size);
      const column = output % columns * stride - left + within % size;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      inputs[output] = row * width + column;
      outputs[row * width + column] = output;
    }
    seen.push(inputs);
    seenBy.push(outputs);
  }
  return { rows, columns, stride, places, seen, seenBy };
}

/**
 * x [runs * in, places, batch] convolved with kernels [runs, size * size, in, out]:
 * [runs * out, places, batch]. All that each output sees, one below the other, times all kernels:
 * as many launches for 128 runs as for two, and it moves the bytes of its images nine times.
 * Gradients gather, too; they scatter nothing, so they are the same each time.
 */
function differentiableProduct(
  x: tf.Tensor3D,
  kernels: tf.Tensor4D,
  windows: Windows,
): tf.Tensor3D {
  const [runs, area, inputs, outputs] = kernels.shape;
  const batch = x.shape[2];
  const { places, stride } = windows;
  return tf.customGrad((x, kernels, save) => {
    const patches = patchesOf(x as tf.Tensor3D, windows.seen, runs);
    const filters = (kernels as tf.Tensor4D)
      .reshape<tf.Tensor3D>([runs, area * inputs, outputs]);
    (save as tf.GradSaveFunc)([kernels as tf.Tensor, patches]);
    return {
      value: tf.matMul(filters, patches, true)
        .reshape([runs * outputs, places[1], batch]),
      gradFunc: (dy: tf.Tensor, [kernels, patches]: tf.Tensor[]) => {
        const dx = stride === 1
          ? gradientByPatches(
            dy as tf.Tensor3D,
            kernels as tf.Tensor4D,
            windows,
          )
          : gradientBySums(dy as tf.Tensor3D, kernels as tf.Tensor4D, windows);
        const ofKernels = tf.matMul(
          patches as tf.Tensor3D,
          dy.reshape<tf.Tensor3D>([runs, outputs, -1]),
          false,
          true,
        );
        return [dx, ofKernels.reshape(kernels!.shape)];
      },
    };
  })(x, kernels) as tf.Tensor3D;
}

/** [runs, kernel's places * channels, places * batch] of [runs * channels, places, batch]. */
function patchesOf(
  x: tf.Tensor3D,
  seen: Windows["seen"],
  runs: number,
): tf.Tensor3D {
  const [all, places, batch] = x.shape;
  if (seen.length === 1 && seen[0]!.every((from, to) => from === to)) {
    return x.reshape([runs, all / runs, places * batch]);
  }
  const channels = all / runs;
  const rows = seen.flatMap((inputs) =>
    Array.from(
      { length: channels },
      (_, channel) =>
        inputs.map((input) => channel * (places + 1) + place(input, places)),
    ).flat()
  );
  return gatherRows(withZeros(x).reshape([runs, -1, batch]), rows)
    .reshape([runs, seen.length * channels, -1]);
}

/** Zeros are in the place after the last. */
function place(number: number, places: number): number {
  return number < 0 ? places : number;
}

function withZeros(x: tf.Tensor3D): tf.Tensor3D {
  return x.pad([[0, 0], [0, 1], [0, 0]]);
}

/** Without strides, the gradient of x is a convolution too: of dy, by the kernels turned around. */
function gradientByPatches(
  dy: tf.Tensor3D,
  kernels: tf.Tensor4D,
  { places, seenBy }: Windows,
): tf.Tensor {
  const [runs, , inputs] = kernels.shape;
  const filters = kernels.transpose([0, 1, 3, 2])
    .reshape<tf.Tensor3D>([runs, -1, inputs]);
  return tf.matMul(filters, patchesOf(dy, seenBy, runs), true)
    .reshape([runs * inputs, places[0], -1]);
}

/** The gradients of all that each output sees; of these, for each input, the sum of its own. */
function gradientBySums(
  dy: tf.Tensor3D,
  kernels: tf.Tensor4D,
  { places, seenBy }: Windows,
): tf.Tensor {
  const [runs, area, inputs, outputs] = kernels.shape;
  const batch = dy.shape[2];
  const filters = kernels.reshape<tf.Tensor3D>([runs, area * inputs, outputs]);
  const ofPatches = tf.matMul(
    filters,
    withZeros(dy).reshape<tf.Tensor3D>([runs, outputs, -1]),
  );
  // With strides, an input is seen from few of a kernel's places.
  const found = Array.from(
    { length: places[0] },
    (_, input) =>
      seenBy.flatMap((outputs, within) =>
        outputs[input]! < 0 ? [] : [[within, outputs[input]!] as const]
      ),
  );
  const most = Math.max(...found.map(({ length }) => length));
  const nothing = [0, -1] as const;
  const rows = Array.from(
    { length: most },
    (_, i) =>
      Array.from({ length: inputs }, (_, channel) =>
        found.map((own) => {
          const [within, output] = own[i] ?? nothing;
          return (within * inputs + channel) * (places[1] + 1) +
            place(output, places[1]);
        })).flat(),
  ).flat();
  return gatherRows(ofPatches.reshape([runs, -1, batch]), rows)
    .reshape([runs, most, -1]).sum(1)
    .reshape([runs * inputs, places[0], batch]);
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

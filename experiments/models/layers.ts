/**
 * Layers as functions: each declares its parameters and returns what maps its input to its output.
 * Layouts are TensorFlow's: images [batch, height, width, channels], kernels [height, width, in,
 * out] and [in, out].
 */
import * as tf from "@tensorflow/tfjs";
import {
  batchNormalization as normalizeBatch,
  biasAdd,
  layerNormalization as normalizeLayer,
} from "../tensorflow/mod.ts";
import type { ApplyOptions } from "./model.ts";
import type { Parameters } from "./parameters.ts";

/** Of both normalizations, as in PyTorch and in the original Vision Transformer's descendants. */
const EPSILON = 1e-5;

/** `x W + b` over the last axis of [.., inputs]; weights start with variance `1 / inputs`. */
export function dense(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
) {
  const kernel = parameters.add<tf.Rank.R2>(
    `${name}/kernel`,
    [inputs, outputs],
    {
      normal: Math.sqrt(1 / inputs),
    },
  );
  const bias = parameters.add<tf.Rank.R1>(`${name}/bias`, [outputs], {
    constant: 0,
  });
  return <T extends tf.Tensor>(x: T): T => {
    const rows = x.reshape<tf.Tensor2D>([-1, inputs]);
    return biasAdd(rows.matMul(kernel), bias).reshape([
      ...x.shape.slice(0, -1),
      outputs,
    ]);
  };
}

/** Convolution without bias, zero padded; weights start with variance `2 / fan-in` (He et al. 2015). */
export function convolution(
  parameters: Parameters,
  name: string,
  { inputs, outputs, size = 3, stride = 1 }: {
    inputs: number;
    outputs: number;
    size?: number;
    stride?: number;
  },
) {
  const kernel = parameters.add<tf.Rank.R4>(`${name}/kernel`, [
    size,
    size,
    inputs,
    outputs,
  ], {
    normal: Math.sqrt(2 / (size * size * inputs)),
  });
  return (x: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, kernel, stride, "same");
}

/** Batch normalization (Ioffe and Szegedy 2015); whose statistics it uses, {@link ApplyOptions} says. */
export function batchNormalization(
  parameters: Parameters,
  name: string,
  channels: number,
) {
  const gain = parameters.add<tf.Rank.R1>(`${name}/gain`, [channels], {
    constant: 1,
  });
  const bias = parameters.add<tf.Rank.R1>(`${name}/bias`, [channels], {
    constant: 0,
  });
  return (x: tf.Tensor4D, statistics: Statistics): tf.Tensor4D => {
    const fixed = statistics.next();
    if (fixed) return tf.batchNorm4d(x, ...fixed, bias, gain, EPSILON);
    const { y, mean, variance } = normalizeBatch(x, gain, bias, EPSILON);
    statistics.report(mean, variance);
    return y;
  };
}

/** Hands each batch normalization of one pass its statistics, in the order of the layers. */
export class Statistics {
  #layer = 0;
  constructor(readonly options: ApplyOptions = {}) {}

  /** Mean and variance to use, or undefined for those of the batch. */
  next(): readonly [tf.Tensor1D, tf.Tensor1D] | undefined {
    return this.options.normalizeWith?.[this.#layer++];
  }

  report(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    this.options.statistics?.(mean, variance);
  }
}

/** Layer normalization (Ba et al. 2016) over the last axis, of `width` entries. */
export function layerNormalization(
  parameters: Parameters,
  name: string,
  width: number,
) {
  const gain = parameters.add<tf.Rank.R1>(`${name}/gain`, [width], {
    constant: 1,
  });
  const bias = parameters.add<tf.Rank.R1>(`${name}/bias`, [width], {
    constant: 0,
  });
  return <T extends tf.Tensor>(x: T): T =>
    normalizeLayer(x, gain, bias, EPSILON);
}

/** LayerScale (Touvron et al. 2021): one learnt factor for each channel of a residual branch. */
export function layerScale(
  parameters: Parameters,
  name: string,
  width: number,
  initial: number,
) {
  const gain = parameters.add<tf.Rank.R1>(`${name}/gain`, [width], {
    constant: initial,
  });
  return <T extends tf.Tensor>(x: T): T => x.mul(gain);
}

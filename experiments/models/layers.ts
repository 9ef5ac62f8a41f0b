/**
 * Layers as functions: each declares its parameters and returns what maps its input to its output.
 * Layouts are TensorFlow's: images [batch, height, width, channels], kernels [height, width, in,
 * out] and [in, out].
 */
import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import {
  biasAdd,
  canFuse,
  fusedBiasAdd,
  fusedLayerNormalization,
  layerNormalization,
  normalizedRelu,
  relu,
  softmaxCrossEntropy,
} from "../tensorflow/mod.ts";
import {
  CHANNELS_LAST,
  denseByRun,
  type ImageLayout,
  layerNormalizationByRun,
  scaleByRun,
} from "./runs.ts";

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
    { normal: Math.sqrt(1 / inputs) },
  );
  const bias = parameters.vector(`${name}/bias`, outputs, 0);
  return <T extends tf.Tensor>(x: T): T => {
    if (parameters.runs > 1) return denseByRun(x, kernel, bias);
    const rows = x.reshape<tf.Tensor2D>([-1, inputs]);
    const add = canFuse() ? fusedBiasAdd : biasAdd;
    return add(rows.matMul(kernel), bias).reshape([
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
  ], { normal: Math.sqrt(2 / (size * size * inputs)) });
  return (x: tf.Tensor4D): tf.Tensor4D =>
    parameters.layout.convolve(x, kernel, stride);
}

/** Batch normalization (Ioffe and Szegedy 2015); whose statistics it uses, {@link ApplyOptions} says. */
export function batchNormalizationLayer(
  parameters: Parameters,
  name: string,
  channels: number,
) {
  const gain = parameters.vector(`${name}/gain`, channels, 1);
  const bias = parameters.vector(`${name}/bias`, channels, 0);
  const normalize = (x: tf.Tensor4D, statistics: Statistics): tf.Tensor4D => {
    const { runs, layout } = parameters;
    const [scale, offset] = runs > 1
      ? [gain.flatten(), bias.flatten()]
      : [gain, bias];
    const fixed = statistics.next();
    if (fixed) return layout.normalizeBy(fixed, x, scale, offset, EPSILON);
    const { y, mean, variance } = layout.normalize(x, scale, offset, EPSILON);
    statistics.report(mean, variance);
    return y;
  };
  return Object.assign(normalize, { gain, bias, runs: parameters.runs });
}

/** A convolution and the batch normalization of its results. */
export interface NormalizedConvolution {
  convolve(x: tf.Tensor4D): tf.Tensor4D;
  readonly normalize: ReturnType<typeof batchNormalizationLayer>;
}

/**
 * `relu` of the sum of normalized convolutions, each of its own input, and of another tensor if
 * there is one; compiled into few passes over memory where that can be.
 */
export function reluOfSum(
  branches: readonly (readonly [NormalizedConvolution, tf.Tensor4D])[],
  rest: tf.Tensor4D | undefined,
  statistics: Statistics,
): tf.Tensor4D {
  const isPlain = branches.every(([{ normalize }]) => normalize.runs === 1);
  if (!canFuse() || statistics.areFixed || !isPlain) {
    const terms = branches.map(([{ convolve, normalize }, x]) =>
      normalize(convolve(x), statistics)
    );
    if (rest) terms.push(rest);
    return relu(terms.reduce((sum, term) => sum.add(term)));
  }
  const convolved = branches.map(([{ convolve, normalize }, x]) => ({
    x: convolve(x),
    scale: normalize.gain,
    offset: normalize.bias,
  }));
  const { y, moments } = normalizedRelu(convolved, rest, EPSILON);
  for (const { mean, variance } of moments) statistics.report(mean, variance);
  return y;
}

/** Hands each batch normalization of one pass its statistics, in the order of the layers. */
export class Statistics {
  #layer = 0;
  constructor(readonly options: ApplyOptions = {}) {}

  /** Whether they are not those of the batch. */
  get areFixed(): boolean {
    return this.options.normalizeWith !== undefined;
  }

  /** Mean and variance to use, or undefined for those of the batch. */
  next(): readonly [tf.Tensor1D, tf.Tensor1D] | undefined {
    return this.options.normalizeWith?.[this.#layer++];
  }

  report(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    this.options.statistics?.(mean, variance);
  }
}

/** Layer normalization (Ba et al. 2016) over the last axis, of `width` entries. */
export function layerNormalizationLayer(
  parameters: Parameters,
  name: string,
  width: number,
) {
  const gain = parameters.vector(`${name}/gain`, width, 1);
  const bias = parameters.vector(`${name}/bias`, width, 0);
  return <T extends tf.Tensor>(x: T): T => {
    if (parameters.runs > 1) {
      return layerNormalizationByRun(x, gain, bias, EPSILON);
    }
    const normalize = canFuse() ? fusedLayerNormalization : layerNormalization;
    return normalize(x, gain, bias, EPSILON);
  };
}

/** LayerScale (Touvron et al. 2021): one learnt factor for each channel of a residual branch. */
export function layerScale(
  parameters: Parameters,
  name: string,
  width: number,
  initial: number,
) {
  const gain = parameters.vector(`${name}/gain`, width, initial);
  return <T extends tf.Tensor>(x: T): T =>
    parameters.runs > 1 ? scaleByRun(x, gain) : x.mul(gain);
}

/**
 * A network as a function over its own variables. Two calls with the same options give variables
 * of the same names, order and shapes, so values can be carried from one to another.
 *
 * A network of several runs is as many of one shape with weights of their own: each parameter is
 * [runs, ...], images and logits are those of one run after the other, [runs * batch, ...], and
 * statistics [runs * channels].
 */
export interface Model {
  /** `cnn` or `vit`. */
  readonly name: string;
  /** 1 unless it was built for more. */
  readonly runs: number;
  /** Whether an image's logits depend on the others of its batch, as by batch normalization. */
  readonly mixesImages: boolean;
  /** What is trained, in a fixed order; each variable's name says its place (`stage1.conv1.kernel`). */
  readonly parameters: readonly tf.Variable[];
  /**
   * Logits [batch, classes] of images [batch, height, width, channels]. Normalization uses the
   * statistics of this batch, and hands them to `statistics` in the order of the layers if given,
   * or those of `normalizeWith`, in that same order.
   */
  apply(images: tf.Tensor4D, options?: ApplyOptions): tf.Tensor2D;
  /** Draws fresh initial values from the seed, or from that of each run, into the variables. */
  initialize(...seeds: readonly number[]): void;
  dispose(): void;
}

export interface ApplyOptions {
  /** Receives each batch normalization's mean and variance, both [channels]. */
  readonly statistics?: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
  /** Mean and variance for each batch normalization in turn, instead of the batch's own. */
  readonly normalizeWith?: readonly (readonly [tf.Tensor1D, tf.Tensor1D])[];
}

/** How a parameter starts: one value everywhere, or normal with this standard deviation. */
type Initial = { readonly constant: number } | {
  readonly normal: number;
};

/** Distinguishes the variables of two models alive at once: TensorFlow.js wants unique names. */
let models = 0;

/** The trainable variables of one model, in the order in which they were declared. */
export class Parameters {
  readonly variables: tf.Variable[] = [];
  readonly #initials: Initial[] = [];
  readonly #scope: string;

  /** For more than one run, each parameter is [runs, ...]; images lie as a layout says. */
  constructor(
    model: string,
    readonly runs = 1,
    readonly layout: ImageLayout = CHANNELS_LAST,
  ) {
    this.#scope = `${model}_${models++}`;
  }

  /**
   * Declares a parameter of this shape, for each run. It holds zeros until {@link initialize}.
   */
  add<R extends tf.Rank>(
    name: string,
    shape: tf.ShapeMap[R],
    initial: Initial,
  ): tf.Variable<R> {
    const variable = tf.tidy(() =>
      tf.variable(
        tf.zeros<R>(
          (this.runs > 1 ? [this.runs, ...shape] : shape) as tf.ShapeMap[R],
        ),
        true,
        `${this.#scope}/${name}`,
      )
    );
    this.variables.push(variable as tf.Variable);
    this.#initials.push(initial);
    return variable;
  }

  /** {@link add}s a vector that starts with one value everywhere. */
  vector(
    name: string,
    size: number,
    constant: number,
  ): tf.Variable<tf.Rank.R1> {
    return this.add<tf.Rank.R1>(name, [size], { constant });
  }

  /** Draws every parameter anew; the same seed gives the same values on every platform. */
  initialize(...seeds: readonly number[]): void {
    if (seeds.length !== this.runs) {
      throw new RangeError(
        `Cannot draw weights as there must be a seed for each of ${this.runs} runs: ` +
          `current value is ${seeds.length}`,
      );
    }
    const generators = seeds.map((seed) => random(seed, "weights"));
    this.variables.forEach((variable, i) => {
      const values = new Float32Array(variable.size);
      const initial = this.#initials[i]!;
      const size = variable.size / this.runs;
      generators.forEach((generator, run) => {
        const own = values.subarray(run * size, (run + 1) * size);
        if ("constant" in initial) own.fill(initial.constant);
        else generator.fillNormal(own, initial.normal);
      });
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    });
  }

  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }
}

/**
 * Whether a parameter rescales: LayerNorm's gain and bias, LayerScale's gain. SING's README advises
 * to stop learning these in some cases (H6, H7). A CNN has none; batch normalization is no LayerNorm.
 *
 * @param name Of the variable: `vit_0/block1/norm1/gain`.
 */
export function isRescaling(name: string): boolean {
  return /\/(norm\d*|scale)\/(gain|bias)$/.test(name);
}

/**
 * Mean cross-entropy of a batch in nats: logits [batch, classes], labels int32 [batch]. Of several
 * runs, end to end in the batch, that of each, [runs].
 */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  runs = 1,
): tf.Scalar {
  const losses = softmaxCrossEntropy(logits, labels);
  return runs > 1 ? losses.reshape([runs, -1]).mean(1) : losses.mean();
}

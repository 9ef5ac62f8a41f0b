import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./open.ts";
import { AttributeType, DataType } from "./c_api.ts";
import type { RecordableBackend } from "./kernels.ts";

/** Attributes of an op by name; `T` is a data type, an integer is written as a bigint. */
export type NativeAttributes = Readonly<
  Record<string, number | bigint | boolean | string | number[]>
>;

/** Whether TensorFlow's own ops can be run: otherwise an op is composed of TensorFlow.js's. */
export function hasNativeOps(): boolean {
  return tf.getBackend() === "tensorflow";
}

/**
 * Runs an op of TensorFlow's that TensorFlow.js has no function for. It is not differentiated:
 * that is up to a custom gradient around it.
 */
export function runNativeOp(
  name: string,
  inputs: tf.Tensor[],
  attributes: NativeAttributes = {},
  outputCount = 1,
): tf.Tensor[] {
  const backend = tf.backend() as RecordableBackend;
  const list = Object.entries({ T: inputs[0]!.dtype, ...attributes })
    .map(([name, value]) => attribute(backend, name, value));
  return backend.executeMultipleOutputs(name, list, inputs, outputCount);
}

function attribute(
  backend: RecordableBackend,
  name: string,
  value: NativeAttributes[string],
) {
  const { type, int, float, bool, string } = AttributeType;
  switch (typeof value) {
    case "bigint":
      return { name, type: int, value: Number(value) };
    case "number":
      return { name, type: float, value };
    case "boolean":
      return { name, type: bool, value };
    case "string":
      return isDataType(value)
        ? { name, type, value: backend.getDTypeInteger(value) }
        : { name, type: string, value };
    default:
      return { name, type: int, value };
  }
}

function isDataType(text: string): text is tf.DataType {
  return ["float32", "int32", "bool"].includes(text);
}

/**
 * Rows of the second axis by their numbers, which are fixed: [lots, rows, width]. They are 64 bits
 * wide in TensorFlow, which on a GPU would keep 32 bits in the host's memory and copy them in every
 * step. It is not differentiated: that is up to a custom gradient around it.
 */
export function gatherRows(
  x: tf.Tensor3D,
  rows: readonly number[],
): tf.Tensor3D {
  return tf.tidy(() => {
    if (!hasNativeOps()) {
      return tf.gather(x, tf.tensor1d([...rows], "int32"), 1);
    }
    const backend = tf.backend() as RecordableBackend;
    const { int64, int32 } = DataType;
    const values = new Int32Array(2 * rows.length);
    rows.forEach((row, i) => values[2 * i] = row);
    const shape = [rows.length];
    const id = backend.binding.createTensor(shape, int64, values);
    // TensorFlow.js knows no such type; nobody but the op looks at this tensor.
    const numbers = backend.createOutputTensor({ id, shape, dtype: int32 });
    const type = (name: string, value: number) => ({
      name,
      type: AttributeType.type,
      value,
    });
    return backend.executeSingleOutput("GatherV2", [
      type("Tparams", backend.getDTypeInteger(x.dtype)),
      type("Tindices", int64),
      type("Taxis", int32),
      { name: "batch_dims", type: AttributeType.int, value: 0 },
    ], [x, numbers, tf.scalar(1, "int32")]) as tf.Tensor3D;
  });
}

export type BatchNormalized = {
  /** Like the input. */
  readonly y: tf.Tensor4D;
  /** Of the batch, [channels]; not differentiated. */
  readonly mean: tf.Tensor1D;
  /** Of the batch, [channels], divided by the number of entries; not differentiated. */
  readonly variance: tf.Tensor1D;
};

/** Where the channels of images are: [batch, height, width, channels], or second. */
export type ImageFormat = "NHWC" | "NCHW";

/**
 * Batch normalization with the statistics of the batch (FusedBatchNormV3 and its gradient): images
 * scaled and offset by [channels].
 */
export function batchNormalization(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  format: ImageFormat = "NHWC",
): BatchNormalized {
  return tf.tidy(() => {
    const isNative = hasNativeOps();
    if (format === "NHWC" || isNative && isOnGpu()) {
      return isNative
        ? nativeBatchNormalization(x, scale, offset, epsilon, format)
        : composedBatchNormalization(x, scale, offset, epsilon);
    }
    // TensorFlow has no such op for a CPU.
    const last = x.transpose<tf.Tensor4D>([0, 2, 3, 1]);
    const { y, ...moments } = batchNormalization(last, scale, offset, epsilon);
    return { y: y.transpose<tf.Tensor4D>([0, 3, 1, 2]), ...moments };
  });
}

function isOnGpu(): boolean {
  return tensorflowBinding().isUsingGpuDevice();
}

function nativeBatchNormalization(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  data_format: ImageFormat,
): BatchNormalized {
  const attributes = { U: "float32", epsilon, data_format };
  const empty = tf.tensor1d([]);
  const [y, mean, unbiased, ...reserves] = runNativeOp(
    "FusedBatchNormV3",
    [x, scale, offset, empty, empty],
    { ...attributes, exponential_avg_factor: 1, is_training: true },
    6,
  );
  const differentiable = tf.customGrad((x, scale, _offset, save) => {
    (save as tf.GradSaveFunc)([
      x as tf.Tensor,
      scale as tf.Tensor,
      ...reserves,
    ]);
    return {
      value: y!.clone(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runNativeOp(
          "FusedBatchNormGradV3",
          [dy, ...saved],
          { ...attributes, is_training: true },
          5,
        ).slice(0, 3),
    };
  });
  const count = x.size / mean!.size;
  return {
    y: differentiable(x, scale, offset) as tf.Tensor4D,
    mean: mean as tf.Tensor1D,
    variance: unbiased!.mul(Math.max(count - 1, 1) / count),
  };
}

function composedBatchNormalization(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormalized {
  const moments = tf.moments(x, [0, 1, 2]);
  const [mean, variance] = [moments.mean, moments.variance] as tf.Tensor1D[];
  const y = tf.batchNorm4d(x, mean!, variance!, offset, scale, epsilon);
  return { y, mean: mean!, variance: variance! };
}

/** Adds a bias to the last axis: [.., channels] + [channels] (BiasAdd, BiasAddGrad). */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  if (!hasNativeOps()) return x.add(bias);
  return tf.customGrad((x, bias) => ({
    value: runNativeOp("BiasAdd", [x as tf.Tensor, bias as tf.Tensor])[0]!,
    gradFunc: (dy: tf.Tensor) => [
      dy.clone(),
      runNativeOp("BiasAddGrad", [dy])[0]!,
    ],
  }))(x, bias) as T;
}

const SLOPE = Math.sqrt(2 / Math.PI);
const BEND = 0.044715;

/**
 * GELU in its tanh form (Hendrycks and Gimpel 2016): `x (1 + t) / 2` with
 * `t = tanh(slope (x + bend x^3))`. The gradient is written out, in fewer passes than that of the
 * composed form, and keeps nothing but `x`.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: geluOf(x as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => geluGradient(dy, x!),
    };
  })(x) as T;
}

/** {@link gelu}, not differentiated. */
export function geluOf(x: tf.Tensor): tf.Tensor {
  return x.mul(0.5).mul(geluTanh(x).add(1));
}

function geluTanh(x: tf.Tensor): tf.Tensor {
  return x.square().mul(SLOPE * BEND).add(SLOPE).mul(x).tanh();
}

/**
 * `dy (1 + t) (1 / 2 + (1 - t) x (slope + 3 slope bend x^2) / 2)`. The two terms are added last:
 * with their sum as a factor XLA's step is a tenth slower.
 */
export function geluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const t = geluTanh(x);
  const inner = x.square().mul(1.5 * SLOPE * BEND).add(0.5 * SLOPE).mul(x);
  const outer = dy.mul(t.add(1));
  const one = tf.scalar(1);
  return outer.mul(0.5).add(outer.mul(one.sub(t)).mul(inner));
}

/**
 * {@link gelu} by another formula, with other roundings: `x s` with
 * `s = sigmoid(2 slope (x + bend x^3))`, which is `(1 + t) / 2`. It keeps `s`, and takes some 30
 * passes over memory with its gradient where the other takes 50.
 */
export function geluBySigmoid<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    const sigmoid = polynomial(x as tf.Tensor, 2 * SLOPE * BEND).sigmoid();
    (save as tf.GradSaveFunc)([x as tf.Tensor, sigmoid]);
    return {
      value: (x as tf.Tensor).mul(sigmoid),
      gradFunc: (dy: tf.Tensor, [x, sigmoid]: tf.Tensor[]) => {
        const inner = polynomial(x!, 6 * SLOPE * BEND);
        const bent = hasNativeOps()
          ? runNativeOp("SigmoidGrad", [sigmoid!, inner])[0]!
          : sigmoid!.mul(tf.sub(1, sigmoid!)).mul(inner);
        return dy.mul(bent.add(sigmoid!));
      },
    };
  })(x) as T;
}

function polynomial(x: tf.Tensor, cubic: number): tf.Tensor {
  return x.square().mul(cubic).add(2 * SLOPE).mul(x);
}

/**
 * Layer normalization (Ba et al. 2016) over the last axis: [.., width], scaled and offset by
 * [width]; or [runs, rows, width] by [runs, 1, width]. The gradient is written out, which takes
 * fewer passes than that of the composed form.
 */
export function layerNormalization<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon: number,
): T {
  return tf.customGrad((x, scale, offset, save) => {
    const { normal, factor } = normalize(x as tf.Tensor, epsilon);
    (save as tf.GradSaveFunc)([normal, factor, scale as tf.Tensor]);
    return {
      value: normal.mul(scale as tf.Tensor).add(offset as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [normal, factor, scale]: tf.Tensor[]) =>
        layerNormalizationGradients(dy, normal!, factor!, scale!),
    };
  })(x, scale, offset) as T;
}

/** Zero mean and unit variance over the last axis; the factor is 1 / standard deviation. */
function normalize<T extends tf.Tensor>(x: T, epsilon: number) {
  const centred = x.sub<T>(x.mean(-1, true));
  const variance = centred.square().mean(-1, true);
  const factor = variance.add(epsilon).rsqrt();
  return { normal: centred.mul<T>(factor), factor };
}

function layerNormalizationGradients(
  dy: tf.Tensor,
  normal: tf.Tensor,
  factor: tf.Tensor,
  scale: tf.Tensor,
): tf.Tensor[] {
  const sum = (x: tf.Tensor) =>
    scale.rank === 1
      ? x.sum(x.shape.map((_, axis) => axis).slice(0, -1))
      : sumOfRows(x as tf.Tensor3D);
  const product = dy.mul(normal);
  const scaled = dy.mul(scale);
  const along = product.mul(scale).mean(-1, true);
  const dx = scaled.sub(scaled.mean(-1, true)).sub(normal.mul(along)).mul(
    factor,
  );
  return [dx, sum(product), sum(dy)];
}

/**
 * Sums over the rows of each run, [runs, rows, width] -> [runs, 1, width], in heaps: on a GPU
 * TensorFlow gives each sum over a middle axis to one thread, which for few runs is slow.
 */
export function sumOfRows(x: tf.Tensor3D): tf.Tensor3D {
  const [runs, rows, width] = x.shape;
  let heaps = Math.floor(Math.sqrt(rows));
  while (rows % heaps > 0) heaps--;
  return x.reshape([runs * heaps, rows / heaps, width]).sum(1)
    .reshape([runs, heaps, width]).sum(1, true);
}

/** `max(x, 0)`. Its gradient is one pass (ReluGrad), where TensorFlow.js's is three. */
export function relu<T extends tf.Tensor>(x: T): T {
  if (!hasNativeOps()) return tf.relu(x);
  return tf.customGrad((x, save) => {
    const value = tf.relu(x as tf.Tensor);
    (save as tf.GradSaveFunc)([value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) =>
        runNativeOp("ReluGrad", [dy, y!])[0]!,
    };
  })(x) as T;
}

/**
 * Cross-entropy in nats of each row (SparseSoftmaxCrossEntropyWithLogits): logits
 * [batch, classes], labels int32 [batch] -> [batch].
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  if (!hasNativeOps()) return composedCrossEntropy(logits, labels);
  if (isOnGpu()) {
    return repeatableCrossEntropy(logits, labels);
  }
  return tf.customGrad((logits, save) => {
    const [loss, gradient] = runNativeOp(
      "SparseSoftmaxCrossEntropyWithLogits",
      [logits as tf.Tensor, labels],
      { Tlabels: "int32" },
      2,
    );
    (save as tf.GradSaveFunc)([gradient!]);
    return {
      value: loss!,
      gradFunc: (dy: tf.Tensor, [gradient]: tf.Tensor[]) =>
        gradient!.mul(dy.expandDims(1)),
    };
  })(logits) as tf.Tensor1D;
}

/**
 * {@link softmaxCrossEntropy} on GPUs, where TensorFlow refuses its own op if equal runs shall
 * give equal bits.
 */
export function repeatableCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  return tf.customGrad((logits, save) => {
    const logs = tf.logSoftmax(logits as tf.Tensor2D);
    const targets = tf.oneHot(labels, logs.shape[1]);
    (save as tf.GradSaveFunc)([logs, targets]);
    return {
      value: logs.mul(targets).sum(1).neg(),
      gradFunc: (dy: tf.Tensor, [logs, targets]: tf.Tensor[]) =>
        logs!.exp().sub(targets!).mul(dy.expandDims(1)),
    };
  })(logits) as tf.Tensor1D;
}

function composedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const targets = tf.oneHot(labels, logits.shape[1]);
    return tf.logSoftmax(logits).mul(targets).sum<tf.Tensor1D>(1).neg();
  });
}

import * as tf from "@tensorflow/tfjs";
import { AttributeType } from "../data_types.ts";
import type { RecordableBackend } from "../recordable_backend.ts";

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

import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import { AttributeType, DataType } from "./data_types.ts";
import type { TensorValues } from "./tensor_handle.ts";

/** Tensors with ids from here on stand for nodes of a graph that is being recorded. */
export const firstRecordedId = 2 ** 40;

/**
 * What `@tensorflow/tfjs-node-gpu` expects of its native addon (its dist/tfjs_binding.d.ts).
 * Saved models are out of scope.
 */
export abstract class BindingBase {
  readonly TF_FLOAT = DataType.float32;
  readonly TF_INT32 = DataType.int32;
  readonly TF_INT64 = DataType.int64;
  readonly TF_BOOL = DataType.bool;
  readonly TF_COMPLEX64 = DataType.complex64;
  readonly TF_STRING = DataType.string;
  readonly TF_RESOURCE = DataType.resource;
  readonly TF_UINT8 = DataType.uint8;
  readonly TF_ATTR_STRING = AttributeType.string;
  readonly TF_ATTR_INT = AttributeType.int;
  readonly TF_ATTR_FLOAT = AttributeType.float;
  readonly TF_ATTR_BOOL = AttributeType.bool;
  readonly TF_ATTR_TYPE = AttributeType.type;
  readonly TF_ATTR_SHAPE = AttributeType.shape;

  /** Copies values into a new tensor, and gives its id. */
  abstract createTensor(
    shape: readonly number[],
    dtype: number,
    values: TensorValues,
  ): number;

  abstract deleteTensor(id: number): void;

  abstract tensorDataSync(id: number): TensorValues;

  abstract executeOp(
    name: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly number[],
    outputCount: number,
  ): TensorMetadata[];

  abstract isUsingGpuDevice(): boolean;

  /** How many tensors are held. */
  abstract getNumOfTensors(): number;

  getNumOfSavedModels(): number {
    return 0;
  }

  loadSavedModel(): never {
    throw savedModelError("load");
  }

  runSavedModel(): never {
    throw savedModelError("run");
  }

  deleteSavedModel(): never {
    throw savedModelError("delete");
  }
}

function savedModelError(act: string): Error {
  return new Error(
    `Cannot ${act} a saved model as this backend must be given tensors and ops: ` +
      "use a TensorFlow.js layers or graph model.",
  );
}

import type {
  TensorMetadata,
  TFEOpAttr,
  TFJSBinding,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { CApi } from "./c_api.ts";
import {
  createContext,
  type Device,
  listDevices,
  type ThreadCounts,
} from "./context.ts";
import { AttributeType, DataType } from "./data_types.ts";
import { Names } from "./names.ts";
import {
  type AttributeSetters,
  eagerSetters,
  setAttribute,
} from "./op_attributes.ts";
import { readCString, Status } from "./status.ts";
import {
  createHandle,
  deleteStrings,
  readHandle,
  type TensorValues,
} from "./tensor_handle.ts";

/**
 * What `@tensorflow/tfjs-node-gpu` expects of its native addon, over TensorFlow's C API: tensors
 * and ops by number. Saved models are out of scope.
 */
export class TensorFlowBinding
  implements Omit<TFJSBinding, "TensorMetadata" | "TFEOpAttr"> {
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
  /** Part of the interface; no kernel uses it, and the official addon leaves it undefined. */
  readonly TF_ATTR_RESOURCE = -1;
  readonly TF_Version: string;

  readonly devices: readonly Device[];
  readonly status: Status;
  readonly context: bigint;
  readonly names = new Names();
  readonly #setters: AttributeSetters;
  readonly #handles = new Map<number, bigint>();
  /** Ids of tensors made here from strings, which TensorFlow does not free. */
  readonly #ownStrings = new Set<number>();
  readonly #gpu: Device | undefined;
  #nextId = 0;

  constructor(readonly api: CApi, threads: ThreadCounts) {
    this.status = new Status(api);
    this.context = createContext(api, this.status, threads);
    this.devices = listDevices(api, this.status, this.context);
    this.#gpu = this.devices.find(({ type }) => type === "GPU");
    this.#setters = eagerSetters(api, this.status);
    this.TF_Version = readCString(api.TF_Version());
  }

  createTensor(
    shape: readonly number[],
    dtype: number,
    values: TFJSValues,
  ): number {
    const { api, status } = this;
    const data = values as TensorValues;
    const handle = createHandle(api, status, shape, dtype, data);
    const id = this.addHandle(this.#toDevice(handle, dtype));
    if (dtype === DataType.string) this.#ownStrings.add(id);
    return id;
  }

  deleteTensor(id: number): void {
    const handle = this.handleOf(id, "delete");
    this.#handles.delete(id);
    if (this.#ownStrings.delete(id)) {
      deleteStrings(this.api, this.status, handle);
    } else {
      this.api.TFE_DeleteTensorHandle(handle);
    }
  }

  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array {
    const handle = this.handleOf(id, "read");
    // Strings come as an array of arrays, which the interface leaves out.
    return readHandle(this.api, this.status, handle) as Float32Array;
  }

  executeOp(
    name: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly number[],
    outputCount: number,
  ): TensorMetadata[] {
    const { api, status } = this;
    const op = api.TFE_NewOp(
      this.context,
      this.names.encode(name),
      status.pointer,
    );
    status.check("find op ", name);
    try {
      for (const input of inputs) {
        const handle = this.handleOf(input, `run ${name} on`);
        api.TFE_OpAddInput(op, handle, status.pointer);
        status.check("give an input to ", name);
      }
      for (const attribute of attributes) {
        setAttribute(this.#setters, this.names, op, attribute);
      }
      return this.#execute(op, name, outputCount);
    } finally {
      api.TFE_DeleteOp(op);
    }
  }

  isUsingGpuDevice(): boolean {
    return this.#gpu !== undefined;
  }

  getNumOfTensors(): number {
    return this.#handles.size;
  }

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

  /** Takes a handle over and gives it an id. */
  addHandle(handle: bigint): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }

  /** @throws {RangeError} if there is no such tensor */
  handleOf(id: number, act: string): bigint {
    const handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    throw new RangeError(
      `Cannot ${act} a tensor as it must not be disposed: current value is ${id}.`,
    );
  }

  #execute(op: bigint, name: string, outputCount: number): TensorMetadata[] {
    const outputs = new BigUint64Array(outputCount);
    const count = Int32Array.of(outputCount);
    this.api.TFE_Execute(op, outputs, count, this.status.pointer);
    this.status.check("run ", name);
    return Array.from(outputs, (handle) => ({
      id: this.addHandle(handle),
      shape: this.#shapeOf(handle),
      dtype: this.api.TFE_TensorHandleDataType(handle),
    }));
  }

  #shapeOf(handle: bigint): number[] {
    const { api, status } = this;
    const rank = api.TFE_TensorHandleNumDims(handle, status.pointer);
    status.check("read a tensor's rank");
    const shape = new Array<number>(rank);
    for (let axis = 0; axis < rank; axis++) {
      const length = api.TFE_TensorHandleDim(handle, axis, status.pointer);
      status.check("read a tensor's shape");
      shape[axis] = Number(length);
    }
    return shape;
  }

  /** Most GPU kernels want int32 in host memory, where strings have to stay. */
  #toDevice(handle: bigint, dtype: number): bigint {
    const { api, status, context } = this;
    const onHost = dtype === DataType.int32 || dtype === DataType.string;
    if (this.#gpu === undefined || onHost) return handle;
    const name = this.names.encode(this.#gpu.name);
    try {
      const copy = api.TFE_TensorHandleCopyToDevice(
        handle,
        context,
        name,
        status.pointer,
      );
      status.check("copy a tensor to ", this.#gpu.name);
      return copy;
    } finally {
      api.TFE_DeleteTensorHandle(handle);
    }
  }
}

type TFJSValues = Parameters<TFJSBinding["createTensor"]>[2];

function savedModelError(act: string): Error {
  return new Error(
    `Cannot ${act} a saved model as this backend must be given tensors and ops: ` +
      "use a TensorFlow.js layers or graph model.",
  );
}

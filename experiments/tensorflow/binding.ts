import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { CApi } from "./c_api.ts";
import {
  createContext,
  type Device,
  listDevices,
  type ThreadCounts,
} from "./context.ts";
import { BindingBase, firstRecordedId } from "./binding_base.ts";
import { DataType } from "./data_types.ts";
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

/** What the kernels expect of their addon, over TensorFlow's C API: tensors and ops by number. */
export class TensorFlowBinding extends BindingBase {
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
    super();
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
    values: TensorValues,
  ): number {
    const { api, status } = this;
    const handle = createHandle(api, status, shape, dtype, values);
    const id = this.#addHandle(this.#toDevice(handle, dtype));
    if (dtype === DataType.string) this.#ownStrings.add(id);
    return id;
  }

  deleteTensor(id: number): void {
    if (id >= firstRecordedId) return;
    const handle = this.#handleOf(id, "delete");
    this.#handles.delete(id);
    if (this.#ownStrings.delete(id)) {
      deleteStrings(this.api, this.status, handle);
    } else {
      this.api.TFE_DeleteTensorHandle(handle);
    }
  }

  tensorDataSync(id: number): TensorValues {
    return readHandle(this.api, this.status, this.#handleOf(id, "read"));
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
        const handle = this.#handleOf(input, `run ${name} on`);
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

  /** Forgets a function that was added to the context. */
  removeFunction(name: string): void {
    const { api, status, context, names } = this;
    api.TFE_ContextRemoveFunction(context, names.encode(name), status.pointer);
    status.check("remove function ", name);
  }

  isUsingGpuDevice(): boolean {
    return this.#gpu !== undefined;
  }

  getNumOfTensors(): number {
    return this.#handles.size;
  }

  /** Takes a handle over and gives it an id. */
  #addHandle(handle: bigint): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }

  /** @throws {RangeError} if there is no such tensor */
  #handleOf(id: number, act: string): bigint {
    const handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    throw new RangeError(
      id < firstRecordedId
        ? `Cannot ${act} a tensor as it must not be disposed: current value is ${id}.`
        : `Cannot ${act} a tensor as one made inside a compiled function must be returned by it.`,
    );
  }

  #execute(op: bigint, name: string, outputCount: number): TensorMetadata[] {
    const outputs = new BigUint64Array(outputCount);
    const count = Int32Array.of(outputCount);
    this.api.TFE_Execute(op, outputs, count, this.status.pointer);
    this.status.check("run ", name);
    return Array.from(outputs, (handle) => ({
      id: this.#addHandle(handle),
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

import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import {
  type AttributeSetters,
  AttributeType,
  type CApi,
  CStrings,
  DataType,
  eagerSetters,
  readCString,
  setAttribute,
  Status,
} from "./c_api.ts";
import {
  createHandle,
  deleteStrings,
  readHandle,
  type TensorValues,
} from "./tensor_handle.ts";

/** Tensors with ids from here on stand for nodes of a graph that is being recorded. */
export const FIRST_RECORDED_ID = 2 ** 40;

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

const CPU = "/device:CPU:0";

/** Ops whose GPU kernels are not deterministic, or lack something, and refuse: the CPU runs them. */
const ON_CPU: ReadonlySet<string> = new Set([
  "Bincount",
  "Dilation2DBackpropFilter",
  "Dilation2DBackpropInput",
  "ResizeNearestNeighborGrad",
]);

/** What the kernels expect of their addon, over TensorFlow's C API: tensors and ops by number. */
export class TensorFlowBinding extends BindingBase {
  readonly TF_Version: string;
  readonly devices: readonly Device[];
  readonly status: Status;
  readonly context: bigint;
  readonly names = new CStrings();
  readonly #setters: AttributeSetters;
  readonly #handles = new Map<number, bigint>();
  /** Ids of tensors made here from strings, which TensorFlow does not free. */
  readonly #ownStrings = new Set<number>();
  readonly #gpu: Device | undefined;
  #nextId = 0;

  constructor(readonly api: CApi, threads: ContextConfig) {
    super();
    this.status = new Status(api);
    this.context = createContext(api, this.status, threads);
    this.devices = listDevices(api, this.status, this.context);
    this.#gpu = this.devices.find(({ type }) => type === "GPU");
    this.#setters = eagerSetters(api, this.status);
    this.TF_Version = readCString(api, api.TF_Version());
  }

  createTensor(
    shape: readonly number[],
    dtype: number,
    values: TensorValues,
  ): number {
    const { api, status } = this;
    const handle = createHandle(api, status, shape, dtype, values);
    const id = this.addHandle(this.#toDevice(handle, dtype));
    if (dtype === DataType.string) this.#ownStrings.add(id);
    return id;
  }

  deleteTensor(id: number): void {
    if (id >= FIRST_RECORDED_ID) return;
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
    const op = this.#newOp(name);
    try {
      const device = this.deviceOf(name);
      if (device !== undefined) {
        api.TFE_OpSetDevice(op, device, status.pointer);
        status.check("place ", name);
      }
      for (const input of inputs) {
        const handle = this.#handleOf(input, "run", name);
        api.TFE_OpAddInput(op, handle, status.pointer);
        status.check("give an input to ", name);
      }
      const handles = this.#execute(op, name, attributes, outputCount);
      return Array.from(handles, (handle) => ({
        id: this.addHandle(handle),
        shape: this.#shapeOf(handle),
        dtype: api.TFE_TensorHandleDataType(handle),
      }));
    } finally {
      api.TFE_DeleteOp(op);
    }
  }

  /**
   * Runs a function that was added to the context, and hands its results over as they are: what
   * recorded it knows their shapes and types, and asking for them takes six calls for each.
   */
  executeFunction(
    name: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly number[],
    outputCount: number,
  ): BigUint64Array {
    const { api, status } = this;
    const handles = new BigUint64Array(inputs.length);
    inputs.forEach((id, index) => {
      handles[index] = this.#handleOf(id, "run", name);
    });
    const op = this.#newOp(name);
    try {
      // Only a function takes its inputs all at once, whatever their types are.
      api.TFE_OpAddInputList(op, handles, inputs.length, status.pointer);
      status.check("give inputs to ", name);
      return this.#execute(op, name, attributes, outputCount);
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

  /** Where an op has to run, as a C string; undefined where TensorFlow may choose. */
  deviceOf(op: string): Uint8Array<ArrayBuffer> | undefined {
    if (this.#gpu === undefined || !ON_CPU.has(op)) return undefined;
    return this.names.encode(CPU);
  }

  getNumOfTensors(): number {
    return this.#handles.size;
  }

  /** Takes a handle over and gives it an id. */
  addHandle(handle: bigint): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }

  /** Puts another tensor, of the same shape and type, in the place of one that holds no strings. */
  replaceHandle(id: number, handle: bigint): void {
    this.api.TFE_DeleteTensorHandle(this.#handleOf(id, "replace"));
    this.#handles.set(id, handle);
  }

  #newOp(name: string): bigint {
    const { api, status, context, names } = this;
    const op = api.TFE_NewOp(context, names.encode(name), status.pointer);
    status.check("find op ", name);
    return op;
  }

  /** @throws {RangeError} if there is no such tensor */
  #handleOf(id: number, verb: string, op?: string): bigint {
    const handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    const act = op === undefined ? verb : `${verb} ${op} on`;
    throw new RangeError(
      id < FIRST_RECORDED_ID
        ? `Cannot ${act} a tensor as it must not be disposed: current value is ${id}.`
        : `Cannot ${act} a tensor as one made inside a compiled function must be returned by it.`,
    );
  }

  /** Runs an op that has its inputs. */
  #execute(
    op: bigint,
    name: string,
    attributes: readonly TFEOpAttr[],
    outputCount: number,
  ): BigUint64Array {
    for (const attribute of attributes) {
      setAttribute(this.#setters, this.names, op, attribute);
    }
    const outputs = new BigUint64Array(outputCount);
    const count = Int32Array.of(outputCount);
    this.api.TFE_Execute(op, outputs, count, this.status.pointer);
    this.status.check("run ", name);
    return outputs;
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

export interface ThreadCounts {
  /** Threads that share the work of one op. */
  readonly intraOpThreads: number;
  /** Ops that run at once. */
  readonly interOpThreads: number;
}

/** Without a card no GPU is looked for, so a CPU's results do not depend on what else is there. */
export interface ContextConfig extends ThreadCounts {
  /** Number of the GPU, from 0. */
  readonly card?: number;
}

export interface Device {
  /** Such as `/job:localhost/replica:0/task:0/device:CPU:0`. */
  readonly name: string;
  /** `CPU` or `GPU`. */
  readonly type: string;
}

/** A new `TFE_Context`, which lives as long as the process. */
export function createContext(
  api: CApi,
  status: Status,
  threads: ContextConfig,
): bigint {
  const options = api.TFE_NewContextOptions();
  try {
    const config = encodeConfig(threads);
    api.TFE_ContextOptionsSetConfig(
      options,
      config,
      BigInt(config.length),
      status.pointer,
    );
    status.check("configure TensorFlow");
    const context = api.TFE_NewContext(options, status.pointer);
    status.check("start TensorFlow");
    return context;
  } finally {
    api.TFE_DeleteContextOptions(options);
  }
}

/** The devices that TensorFlow found; the CPU is always there. */
export function listDevices(
  api: CApi,
  status: Status,
  context: bigint,
): Device[] {
  const list = api.TFE_ContextListDevices(context, status.pointer);
  status.check("list TensorFlow's devices");
  try {
    return Array.from({ length: api.TF_DeviceListCount(list) }, (_, index) => {
      const name = api.TF_DeviceListName(list, index, status.pointer);
      status.check("name a device");
      const type = api.TF_DeviceListType(list, index, status.pointer);
      status.check("name a device's type");
      return { name: readCString(api, name), type: readCString(api, type) };
    });
  } finally {
    api.TF_DeleteDeviceList(list);
  }
}

/**
 * A serialized `ConfigProto` (tensorflow/core/protobuf/config.proto): field 2 is
 * intra_op_parallelism_threads, field 5 inter_op_parallelism_threads. Without a card field 1,
 * device_count, says that there are 0 devices of type GPU; with one, field 6 is gpu_options, whose
 * field 4, allow_growth, keeps one process from taking all of a GPU's memory, and whose field 5,
 * visible_device_list, names the card.
 */
export function encodeConfig(config: ContextConfig): Uint8Array<ArrayBuffer> {
  const { intraOpThreads, interOpThreads, card } = config;
  const number = (field: number, value: number) => [
    field << 3,
    ...varint(value),
  ];
  const bytes = (field: number, value: readonly number[]) => [
    field << 3 | 2,
    value.length,
    ...value,
  ];
  const text = (value: string) => [...new TextEncoder().encode(value)];
  return Uint8Array.from([
    ...number(2, intraOpThreads),
    ...number(5, interOpThreads),
    ...card === undefined
      ? bytes(1, [...bytes(1, text("GPU")), ...number(2, 0)])
      : bytes(6, [...number(4, 1), ...bytes(5, text(`${card}`))]),
  ]);
}

/** Base 128, lowest digits first, the top bit set on all but the last byte. */
function varint(value: number): number[] {
  return value < 0x80
    ? [value]
    : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/**
 * The functions of TensorFlow's C API that the binding calls (tensorflow/c/c_api.h,
 * tensorflow/c/eager/c_api.h), as Deno wants them declared.
 *
 * Pointers are bigints (`u64`): Deno's fast calls take and return them without allocating, and
 * an array of results can be read as a BigUint64Array.
 */
import type {
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";

const pointer = "u64";
const status = pointer;
const name = "buffer";
/** A `TF_Output`, by value: a node and the number of its output. */
const output = { struct: [pointer, "i32"] } as const;

export const cApi = {
  TF_Version: { parameters: [], result: pointer },
  TF_NewStatus: { parameters: [], result: pointer },
  TF_GetCode: { parameters: [status], result: "i32" },
  TF_Message: { parameters: [status], result: pointer },

  TF_AllocateTensor: {
    parameters: ["i32", "buffer", "i32", "usize"],
    result: pointer,
  },
  TF_DeleteTensor: { parameters: [pointer], result: "void" },
  TF_TensorData: { parameters: [pointer], result: pointer },
  TF_TensorByteSize: { parameters: [pointer], result: "usize" },
  TF_TensorElementCount: { parameters: [pointer], result: "i64" },
  TF_TensorMaybeMove: { parameters: [pointer], result: pointer },

  TF_StringInit: { parameters: [pointer], result: "void" },
  TF_StringCopy: { parameters: [pointer, "buffer", "usize"], result: "void" },
  TF_StringGetDataPointer: { parameters: [pointer], result: pointer },
  TF_StringGetSize: { parameters: [pointer], result: "usize" },
  TF_StringDealloc: { parameters: [pointer], result: "void" },

  TFE_NewContextOptions: { parameters: [], result: pointer },
  TFE_ContextOptionsSetConfig: {
    parameters: [pointer, "buffer", "usize", status],
    result: "void",
  },
  TFE_DeleteContextOptions: { parameters: [pointer], result: "void" },
  TFE_NewContext: { parameters: [pointer, status], result: pointer },
  TFE_ContextListDevices: { parameters: [pointer, status], result: pointer },
  TF_DeviceListCount: { parameters: [pointer], result: "i32" },
  TF_DeviceListName: {
    parameters: [pointer, "i32", status],
    result: pointer,
  },
  TF_DeviceListType: {
    parameters: [pointer, "i32", status],
    result: pointer,
  },
  TF_DeleteDeviceList: { parameters: [pointer], result: "void" },

  TFE_NewTensorHandle: { parameters: [pointer, status], result: pointer },
  TFE_DeleteTensorHandle: { parameters: [pointer], result: "void" },
  TFE_TensorHandleDataType: { parameters: [pointer], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: [pointer, status], result: "i32" },
  TFE_TensorHandleDim: { parameters: [pointer, "i32", status], result: "i64" },
  TFE_TensorHandleResolve: { parameters: [pointer, status], result: pointer },
  TFE_TensorHandleCopyToDevice: {
    parameters: [pointer, pointer, name, status],
    result: pointer,
  },

  TFE_NewOp: { parameters: [pointer, name, status], result: pointer },
  TFE_DeleteOp: { parameters: [pointer], result: "void" },
  TFE_OpAddInput: { parameters: [pointer, pointer, status], result: "void" },
  TFE_OpAddInputList: {
    parameters: [pointer, "buffer", "i32", status],
    result: "void",
  },
  TFE_OpSetAttrType: { parameters: [pointer, name, "i32"], result: "void" },
  TFE_OpSetAttrInt: { parameters: [pointer, name, "i64"], result: "void" },
  TFE_OpSetAttrIntList: {
    parameters: [pointer, name, "buffer", "i32"],
    result: "void",
  },
  TFE_OpSetAttrFloat: { parameters: [pointer, name, "f32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: [pointer, name, "u8"], result: "void" },
  TFE_OpSetAttrString: {
    parameters: [pointer, name, "buffer", "usize"],
    result: "void",
  },
  TFE_OpSetAttrShape: {
    parameters: [pointer, name, "buffer", "i32", status],
    result: "void",
  },
  TFE_Execute: {
    parameters: [pointer, "buffer", "buffer", status],
    result: "void",
  },

  TF_NewGraph: { parameters: [], result: pointer },
  TF_DeleteGraph: { parameters: [pointer], result: "void" },
  TF_NewOperation: { parameters: [pointer, name, name], result: pointer },
  TF_AddInput: { parameters: [pointer, output], result: "void" },
  TF_AddInputList: { parameters: [pointer, "buffer", "i32"], result: "void" },
  TF_SetAttrType: { parameters: [pointer, name, "i32"], result: "void" },
  TF_SetAttrInt: { parameters: [pointer, name, "i64"], result: "void" },
  TF_SetAttrIntList: {
    parameters: [pointer, name, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrFloat: { parameters: [pointer, name, "f32"], result: "void" },
  TF_SetAttrBool: { parameters: [pointer, name, "u8"], result: "void" },
  TF_SetAttrString: {
    parameters: [pointer, name, "buffer", "usize"],
    result: "void",
  },
  TF_SetAttrShape: {
    parameters: [pointer, name, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrTensor: {
    parameters: [pointer, name, pointer, status],
    result: "void",
  },
  TF_SetAttrTypeList: {
    parameters: [pointer, name, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrFuncName: {
    parameters: [pointer, name, "buffer", "usize"],
    result: "void",
  },
  TF_GraphSetTensorShape: {
    parameters: [pointer, output, "buffer", "i32", status],
    result: "void",
  },
  TF_FinishOperation: { parameters: [pointer, status], result: pointer },
  TF_OperationOutputType: { parameters: [output], result: "i32" },
  TF_GraphGetTensorNumDims: {
    parameters: [pointer, output, status],
    result: "i32",
  },
  TF_GraphGetTensorShape: {
    parameters: [pointer, output, "buffer", "i32", status],
    result: "void",
  },
  TF_GraphToFunction: {
    parameters: [
      pointer,
      name,
      "u8", // whether to append a hash to the name
      "i32", // number of operations, -1 for all
      "buffer",
      "i32", // number of inputs
      "buffer",
      "i32", // number of outputs
      "buffer",
      "buffer", // names of the outputs
      pointer, // options
      "buffer", // description
      status,
    ],
    result: pointer,
  },
  TF_DeleteFunction: { parameters: [pointer], result: "void" },
  TFE_ContextAddFunction: {
    parameters: [pointer, pointer, status],
    result: "void",
  },
  TFE_ContextRemoveFunction: {
    parameters: [pointer, name, status],
    result: "void",
  },

  // Of the C library, which TensorFlow's is linked against.
  strlen: { parameters: [pointer], result: "usize" },
  copyIn: {
    name: "memcpy",
    parameters: [pointer, "buffer", "usize"],
    result: "void",
  },
  copyOut: {
    name: "memcpy",
    parameters: ["buffer", pointer, "usize"],
    result: "void",
  },
} as const satisfies Deno.ForeignLibraryInterface;

export type CApi = Deno.DynamicLibrary<typeof cApi>["symbols"];

/** What TensorFlow refused, in its own words. */
export class TensorFlowError extends Error {
  override readonly name = "TensorFlowError";

  /**
   * @param act what was tried, such as `run MatMul`
   * @param reason TensorFlow's text
   * @param code of TensorFlow's list: 3 is an invalid argument, 8 memory that has run out
   */
  constructor(act: string, reason: string, readonly code: number) {
    super(`Cannot ${act} as TensorFlow refuses: ${reason}`);
  }
}

/** A `TF_Status`, used for one call after the other. */
export class Status {
  readonly pointer: bigint;

  constructor(private readonly api: CApi) {
    this.pointer = api.TF_NewStatus();
  }

  /**
   * Call it after each call that was given the status.
   *
   * @param act what was tried, for the message: `run MatMul`
   * @throws {TensorFlowError} if the call failed
   */
  check(act: string, detail = ""): void {
    const code = this.api.TF_GetCode(this.pointer);
    if (code === 0) return;
    const reason = readCString(this.api, this.api.TF_Message(this.pointer));
    throw new TensorFlowError(act + detail, reason, code);
  }
}

/**
 * A text of TensorFlow's; an empty one for a null pointer. Not by `Deno.UnsafePointerView`, which
 * asks for the right to open libraries: a process that trains has given it up.
 */
export function readCString(api: CApi, pointer: bigint): string {
  if (pointer === 0n) return "";
  const length = api.strlen(pointer);
  const bytes = new Uint8Array(Number(length));
  api.copyOut(bytes, pointer, length);
  return new TextDecoder().decode(bytes);
}

/** CStrings as TensorFlow takes them, encoded once. */
export class CStrings {
  readonly #encoded = new Map<string, Uint8Array<ArrayBuffer>>();

  /** The name in UTF-8, ended by a zero byte. */
  encode(name: string): Uint8Array<ArrayBuffer> {
    const known = this.#encoded.get(name);
    if (known) return known;
    const bytes = new TextEncoder().encode(`${name}\0`);
    this.#encoded.set(name, bytes);
    return bytes;
  }
}

/** TensorFlow's numbers for the data types that the binding knows (tensorflow/c/tf_datatype.h). */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
} as const;

/** TensorFlow's numbers for the kinds of op attributes (tensorflow/c/tf_attrtype.h). */
export const AttributeType = {
  string: 0,
  int: 1,
  float: 2,
  bool: 3,
  type: 4,
  shape: 5,
} as const;

/** The name of a data type, for messages. */
export function dataTypeName(dtype: number): string {
  const found = Object.entries(DataType).find(([, value]) => value === dtype);
  return found?.[0] ?? `type ${dtype}`;
}

/** The functions that set an attribute: of an op to be executed now, or of a graph's node. */
export interface AttributeSetters {
  readonly type: CApi["TFE_OpSetAttrType"];
  readonly int: CApi["TFE_OpSetAttrInt"];
  readonly intList: CApi["TFE_OpSetAttrIntList"];
  readonly float: CApi["TFE_OpSetAttrFloat"];
  readonly bool: CApi["TFE_OpSetAttrBool"];
  readonly string: CApi["TFE_OpSetAttrString"];
  shape(op: bigint, name: Bytes, lengths: BigInt64Array<ArrayBuffer>): void;
}

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Sets an op's attribute as TensorFlow.js's kernels give it. Integers lose their fraction:
 * `tf.multinomial` passes its seed as it was given.
 */
export function setAttribute(
  set: AttributeSetters,
  names: CStrings,
  op: bigint,
  attribute: TFEOpAttr,
): void {
  const name = names.encode(attribute.name);
  const { type, value } = attribute;
  switch (type) {
    case AttributeType.type:
      return set.type(op, name, value as number);
    case AttributeType.bool:
      return set.bool(op, name, value ? 1 : 0);
    case AttributeType.float:
      return set.float(op, name, value as number);
    case AttributeType.string: {
      const text = new TextEncoder().encode(value as string);
      return set.string(op, name, text, BigInt(text.length));
    }
    case AttributeType.shape:
      return set.shape(op, name, toInt64(value as number[]));
    case AttributeType.int:
      return Array.isArray(value)
        ? set.intList(op, name, toInt64(value), value.length)
        : set.int(op, name, BigInt(Math.trunc(value as number)));
    default:
      throw new TypeError(
        `Cannot set attribute ${attribute.name} as its type must be one of ${
          Object.keys(AttributeType).join(", ")
        }: current value is ${type}.`,
      );
  }
}

/** The setters of ops that are executed at once. */
export function eagerSetters(api: CApi, status: Status): AttributeSetters {
  return {
    type: api.TFE_OpSetAttrType,
    int: api.TFE_OpSetAttrInt,
    intList: api.TFE_OpSetAttrIntList,
    float: api.TFE_OpSetAttrFloat,
    bool: api.TFE_OpSetAttrBool,
    string: api.TFE_OpSetAttrString,
    shape: (op, name, lengths) => {
      api.TFE_OpSetAttrShape(op, name, lengths, lengths.length, status.pointer);
      status.check("set a shape attribute");
    },
  };
}

/** The setters of a graph's nodes. */
export function graphSetters(api: CApi): AttributeSetters {
  return {
    type: api.TF_SetAttrType,
    int: api.TF_SetAttrInt,
    intList: api.TF_SetAttrIntList,
    float: api.TF_SetAttrFloat,
    bool: api.TF_SetAttrBool,
    string: api.TF_SetAttrString,
    shape: (op, name, lengths) =>
      api.TF_SetAttrShape(op, name, lengths, lengths.length),
  };
}

function toInt64(values: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(values, (value) => BigInt(Math.trunc(value)));
}

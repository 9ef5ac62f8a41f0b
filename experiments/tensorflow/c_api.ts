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

const POINTER = "u64";
const STATUS = POINTER;
const NAME = "buffer";
/** A `TF_Output`, by value: a node and the number of its output. */
const OUTPUT = { struct: [POINTER, "i32"] } as const;

export const C_API = {
  TF_Version: { parameters: [], result: POINTER },
  TF_NewStatus: { parameters: [], result: POINTER },
  TF_GetCode: { parameters: [STATUS], result: "i32" },
  TF_Message: { parameters: [STATUS], result: POINTER },

  TF_AllocateTensor: {
    parameters: ["i32", "buffer", "i32", "usize"],
    result: POINTER,
  },
  TF_DeleteTensor: { parameters: [POINTER], result: "void" },
  TF_TensorData: { parameters: [POINTER], result: POINTER },
  TF_TensorByteSize: { parameters: [POINTER], result: "usize" },
  TF_TensorElementCount: { parameters: [POINTER], result: "i64" },
  TF_TensorMaybeMove: { parameters: [POINTER], result: POINTER },

  TF_StringInit: { parameters: [POINTER], result: "void" },
  TF_StringCopy: { parameters: [POINTER, "buffer", "usize"], result: "void" },
  TF_StringGetDataPointer: { parameters: [POINTER], result: POINTER },
  TF_StringGetSize: { parameters: [POINTER], result: "usize" },
  TF_StringDealloc: { parameters: [POINTER], result: "void" },

  TFE_NewContextOptions: { parameters: [], result: POINTER },
  TFE_ContextOptionsSetConfig: {
    parameters: [POINTER, "buffer", "usize", STATUS],
    result: "void",
  },
  TFE_DeleteContextOptions: { parameters: [POINTER], result: "void" },
  TFE_NewContext: { parameters: [POINTER, STATUS], result: POINTER },
  TFE_ContextListDevices: { parameters: [POINTER, STATUS], result: POINTER },
  TF_DeviceListCount: { parameters: [POINTER], result: "i32" },
  TF_DeviceListName: {
    parameters: [POINTER, "i32", STATUS],
    result: POINTER,
  },
  TF_DeviceListType: {
    parameters: [POINTER, "i32", STATUS],
    result: POINTER,
  },
  TF_DeleteDeviceList: { parameters: [POINTER], result: "void" },

  TFE_NewTensorHandle: { parameters: [POINTER, STATUS], result: POINTER },
  TFE_DeleteTensorHandle: { parameters: [POINTER], result: "void" },
  TFE_TensorHandleDataType: { parameters: [POINTER], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: [POINTER, STATUS], result: "i32" },
  TFE_TensorHandleDim: { parameters: [POINTER, "i32", STATUS], result: "i64" },
  TFE_TensorHandleResolve: { parameters: [POINTER, STATUS], result: POINTER },
  TFE_TensorHandleCopyToDevice: {
    parameters: [POINTER, POINTER, NAME, STATUS],
    result: POINTER,
  },

  TFE_NewOp: { parameters: [POINTER, NAME, STATUS], result: POINTER },
  TFE_DeleteOp: { parameters: [POINTER], result: "void" },
  TFE_OpAddInput: { parameters: [POINTER, POINTER, STATUS], result: "void" },
  TFE_OpAddInputList: {
    parameters: [POINTER, "buffer", "i32", STATUS],
    result: "void",
  },
  TFE_OpSetAttrType: { parameters: [POINTER, NAME, "i32"], result: "void" },
  TFE_OpSetAttrInt: { parameters: [POINTER, NAME, "i64"], result: "void" },
  TFE_OpSetAttrIntList: {
    parameters: [POINTER, NAME, "buffer", "i32"],
    result: "void",
  },
  TFE_OpSetAttrFloat: { parameters: [POINTER, NAME, "f32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: [POINTER, NAME, "u8"], result: "void" },
  TFE_OpSetAttrString: {
    parameters: [POINTER, NAME, "buffer", "usize"],
    result: "void",
  },
  TFE_OpSetAttrShape: {
    parameters: [POINTER, NAME, "buffer", "i32", STATUS],
    result: "void",
  },
  TFE_Execute: {
    parameters: [POINTER, "buffer", "buffer", STATUS],
    result: "void",
  },

  TF_NewGraph: { parameters: [], result: POINTER },
  TF_DeleteGraph: { parameters: [POINTER], result: "void" },
  TF_NewOperation: { parameters: [POINTER, NAME, NAME], result: POINTER },
  TF_AddInput: { parameters: [POINTER, OUTPUT], result: "void" },
  TF_AddInputList: { parameters: [POINTER, "buffer", "i32"], result: "void" },
  TF_SetAttrType: { parameters: [POINTER, NAME, "i32"], result: "void" },
  TF_SetAttrInt: { parameters: [POINTER, NAME, "i64"], result: "void" },
  TF_SetAttrIntList: {
    parameters: [POINTER, NAME, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrFloat: { parameters: [POINTER, NAME, "f32"], result: "void" },
  TF_SetAttrBool: { parameters: [POINTER, NAME, "u8"], result: "void" },
  TF_SetAttrString: {
    parameters: [POINTER, NAME, "buffer", "usize"],
    result: "void",
  },
  TF_SetAttrShape: {
    parameters: [POINTER, NAME, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrTensor: {
    parameters: [POINTER, NAME, POINTER, STATUS],
    result: "void",
  },
  TF_SetAttrTypeList: {
    parameters: [POINTER, NAME, "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrFuncName: {
    parameters: [POINTER, NAME, "buffer", "usize"],
    result: "void",
  },
  TF_GraphSetTensorShape: {
    parameters: [POINTER, OUTPUT, "buffer", "i32", STATUS],
    result: "void",
  },
  TF_FinishOperation: { parameters: [POINTER, STATUS], result: POINTER },
  TF_OperationOutputType: { parameters: [OUTPUT], result: "i32" },
  TF_GraphGetTensorNumDims: {
    parameters: [POINTER, OUTPUT, STATUS],
    result: "i32",
  },
  TF_GraphGetTensorShape: {
    parameters: [POINTER, OUTPUT, "buffer", "i32", STATUS],
    result: "void",
  },
  TF_GraphToFunction: {
    parameters: [
      POINTER,
      NAME,
      "u8", // whether to append a hash to the NAME
      "i32", // number of operations, -1 for all
      "buffer",
      "i32", // number of inputs
      "buffer",
      "i32", // number of outputs
      "buffer",
      "buffer", // names of the outputs
      POINTER, // options
      "buffer", // description
      STATUS,
    ],
    result: POINTER,
  },
  TF_DeleteFunction: { parameters: [POINTER], result: "void" },
  TFE_ContextAddFunction: {
    parameters: [POINTER, POINTER, STATUS],
    result: "void",
  },
  TFE_ContextRemoveFunction: {
    parameters: [POINTER, NAME, STATUS],
    result: "void",
  },

  // Of the C library, which TensorFlow's is linked against.
  strlen: { parameters: [POINTER], result: "usize" },
  copyIn: {
    name: "memcpy",
    parameters: [POINTER, "buffer", "usize"],
    result: "void",
  },
  copyOut: {
    name: "memcpy",
    parameters: ["buffer", POINTER, "usize"],
    result: "void",
  },
} as const satisfies Deno.ForeignLibraryInterface;

export type CApi = Deno.DynamicLibrary<typeof C_API>["symbols"];

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

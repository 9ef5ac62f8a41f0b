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

/** As C declares a function: its result, then its parameters. */
function fn<
  const Result extends Deno.NativeResultType,
  const Parameters extends readonly Deno.NativeType[],
>(result: Result, ...parameters: Parameters) {
  return { parameters, result };
}

export const C_API = {
  TF_Version: fn(POINTER),
  TF_NewStatus: fn(POINTER),
  TF_GetCode: fn("i32", STATUS),
  TF_Message: fn(POINTER, STATUS),

  TF_AllocateTensor: fn(POINTER, "i32", "buffer", "i32", "usize"),
  TF_DeleteTensor: fn("void", POINTER),
  TF_TensorData: fn(POINTER, POINTER),
  TF_TensorByteSize: fn("usize", POINTER),
  TF_TensorElementCount: fn("i64", POINTER),
  TF_TensorMaybeMove: fn(POINTER, POINTER),

  TF_StringInit: fn("void", POINTER),
  TF_StringCopy: fn("void", POINTER, "buffer", "usize"),
  TF_StringGetDataPointer: fn(POINTER, POINTER),
  TF_StringGetSize: fn("usize", POINTER),
  TF_StringDealloc: fn("void", POINTER),

  TFE_NewContextOptions: fn(POINTER),
  TFE_ContextOptionsSetConfig: fn("void", POINTER, "buffer", "usize", STATUS),
  TFE_DeleteContextOptions: fn("void", POINTER),
  TFE_NewContext: fn(POINTER, POINTER, STATUS),
  TFE_ContextListDevices: fn(POINTER, POINTER, STATUS),
  TF_DeviceListCount: fn("i32", POINTER),
  TF_DeviceListName: fn(POINTER, POINTER, "i32", STATUS),
  TF_DeviceListType: fn(POINTER, POINTER, "i32", STATUS),
  TF_DeleteDeviceList: fn("void", POINTER),

  TFE_NewTensorHandle: fn(POINTER, POINTER, STATUS),
  TFE_DeleteTensorHandle: fn("void", POINTER),
  TFE_TensorHandleDataType: fn("i32", POINTER),
  TFE_TensorHandleNumDims: fn("i32", POINTER, STATUS),
  TFE_TensorHandleDim: fn("i64", POINTER, "i32", STATUS),
  TFE_TensorHandleResolve: fn(POINTER, POINTER, STATUS),
  TFE_TensorHandleCopyToDevice: fn(POINTER, POINTER, POINTER, NAME, STATUS),

  TFE_NewOp: fn(POINTER, POINTER, NAME, STATUS),
  TFE_DeleteOp: fn("void", POINTER),
  TFE_OpSetDevice: fn("void", POINTER, NAME, STATUS),
  TFE_OpAddInput: fn("void", POINTER, POINTER, STATUS),
  TFE_OpAddInputList: fn("void", POINTER, "buffer", "i32", STATUS),
  TFE_OpSetAttrType: fn("void", POINTER, NAME, "i32"),
  TFE_OpSetAttrInt: fn("void", POINTER, NAME, "i64"),
  TFE_OpSetAttrIntList: fn("void", POINTER, NAME, "buffer", "i32"),
  TFE_OpSetAttrFloat: fn("void", POINTER, NAME, "f32"),
  TFE_OpSetAttrBool: fn("void", POINTER, NAME, "u8"),
  TFE_OpSetAttrString: fn("void", POINTER, NAME, "buffer", "usize"),
  TFE_OpSetAttrShape: fn("void", POINTER, NAME, "buffer", "i32", STATUS),
  TFE_Execute: fn("void", POINTER, "buffer", "buffer", STATUS),

  TF_NewGraph: fn(POINTER),
  TF_DeleteGraph: fn("void", POINTER),
  TF_NewOperation: fn(POINTER, POINTER, NAME, NAME),
  TF_SetDevice: fn("void", POINTER, NAME),
  TF_AddInput: fn("void", POINTER, OUTPUT),
  TF_AddInputList: fn("void", POINTER, "buffer", "i32"),
  TF_SetAttrType: fn("void", POINTER, NAME, "i32"),
  TF_SetAttrInt: fn("void", POINTER, NAME, "i64"),
  TF_SetAttrIntList: fn("void", POINTER, NAME, "buffer", "i32"),
  TF_SetAttrFloat: fn("void", POINTER, NAME, "f32"),
  TF_SetAttrBool: fn("void", POINTER, NAME, "u8"),
  TF_SetAttrString: fn("void", POINTER, NAME, "buffer", "usize"),
  TF_SetAttrShape: fn("void", POINTER, NAME, "buffer", "i32"),
  TF_SetAttrTensor: fn("void", POINTER, NAME, POINTER, STATUS),
  TF_SetAttrTypeList: fn("void", POINTER, NAME, "buffer", "i32"),
  TF_SetAttrFuncName: fn("void", POINTER, NAME, "buffer", "usize"),
  TF_GraphSetTensorShape: fn("void", POINTER, OUTPUT, "buffer", "i32", STATUS),
  TF_FinishOperation: fn(POINTER, POINTER, STATUS),
  TF_OperationOutputType: fn("i32", OUTPUT),
  TF_GraphGetTensorNumDims: fn("i32", POINTER, OUTPUT, STATUS),
  TF_GraphGetTensorShape: fn("void", POINTER, OUTPUT, "buffer", "i32", STATUS),
  TF_GraphToFunction: fn(
    POINTER,
    ...[POINTER, NAME] as const,
    "u8", // whether to append a hash to the name
    "i32", // number of operations, -1 for all
    "buffer",
    ...["i32", "buffer"] as const, // inputs
    ...["i32", "buffer"] as const, // outputs
    "buffer", // names of the outputs
    POINTER, // options
    "buffer", // description
    STATUS,
  ),
  TF_DeleteFunction: fn("void", POINTER),
  TFE_ContextAddFunction: fn("void", POINTER, POINTER, STATUS),
  TFE_ContextRemoveFunction: fn("void", POINTER, NAME, STATUS),

  // Of the C library, which TensorFlow's is linked against.
  strlen: fn("usize", POINTER),
  copyIn: { name: "memcpy", ...fn("void", POINTER, "buffer", "usize") },
  copyOut: { name: "memcpy", ...fn("void", "buffer", POINTER, "usize") },
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

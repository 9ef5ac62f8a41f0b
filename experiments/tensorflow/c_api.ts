/**
 * The functions of TensorFlow's C API that the binding calls (tensorflow/c/c_api.h,
 * tensorflow/c/eager/c_api.h), as Deno wants them declared.
 *
 * Pointers are bigints (`u64`): Deno's fast calls take and return them without allocating, and
 * an array of results can be read as a BigUint64Array.
 */

const pointer = "u64";
const status = pointer;
const name = "buffer";
/** A `TF_Output`, by value: a node and the number of its output. */
const output = { struct: [pointer, "i32"] } as const;

export const cApi = {
  TF_Version: { parameters: [], result: "pointer" },
  TF_NewStatus: { parameters: [], result: pointer },
  TF_GetCode: { parameters: [status], result: "i32" },
  TF_Message: { parameters: [status], result: "pointer" },

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
    result: "pointer",
  },
  TF_DeviceListType: {
    parameters: [pointer, "i32", status],
    result: "pointer",
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

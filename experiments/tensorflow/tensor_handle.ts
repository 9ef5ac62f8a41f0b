import { type CApi, DataType, dataTypeName, type Status } from "./c_api.ts";

/** What TensorFlow.js hands over and takes: numbers, or one byte array for each string. */
export type TensorValues =
  | Float32Array
  | Int32Array
  | Uint8Array
  | BigInt64Array
  | Uint8Array[];

/** Bytes of a `TF_TString`. */
const STRING_BYTES = 24n;

/**
 * A new `TFE_TensorHandle` in host memory that holds a copy of the values.
 *
 * @param values int64 comes as an Int32Array of low and high halves
 */
export function createHandle(
  api: CApi,
  status: Status,
  shape: readonly number[],
  dtype: number,
  values: TensorValues,
): bigint {
  const tensor = createTensor(api, shape, dtype, values);
  try {
    const handle = api.TFE_NewTensorHandle(tensor, status.pointer);
    status.check("create a tensor");
    return handle;
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}

/** A new `TF_Tensor` that holds a copy of the values. The caller deletes it. */
export function createTensor(
  api: CApi,
  shape: readonly number[],
  dtype: number,
  values: TensorValues,
): bigint {
  const size = shape.reduce((product, length) => product * length, 1);
  checkValues(shape, size, dtype, values);
  const bytes = Array.isArray(values)
    ? BigInt(size) * STRING_BYTES
    : BigInt(values.byteLength);
  const dims = BigInt64Array.from(shape, BigInt);
  const tensor = api.TF_AllocateTensor(dtype, dims, shape.length, bytes);
  const data = api.TF_TensorData(tensor);
  if (!Array.isArray(values)) {
    if (bytes > 0n) {
      api.copyIn(data, values as Uint8Array<ArrayBuffer>, bytes);
    }
    return tensor;
  }
  values.forEach((text, index) => {
    const place = data + BigInt(index) * STRING_BYTES;
    api.TF_StringInit(place);
    const copy = text as Uint8Array<ArrayBuffer>;
    api.TF_StringCopy(place, copy, BigInt(text.length));
  });
  return tensor;
}

/** A copy of a tensor's values; complex64 as real and imaginary parts in turn. */
export function readHandle(
  api: CApi,
  status: Status,
  handle: bigint,
): TensorValues {
  const dtype = api.TFE_TensorHandleDataType(handle);
  const tensor = api.TFE_TensorHandleResolve(handle, status.pointer);
  status.check("read a tensor");
  try {
    return dtype === DataType.string
      ? readStrings(api, tensor)
      : readNumbers(api, tensor, dtype);
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}

/**
 * Deletes a handle made by {@link createHandle} from strings. TensorFlow frees the array only,
 * so the texts are freed first, unless another handle shares them: then they live on with it.
 */
export function deleteStrings(
  api: CApi,
  status: Status,
  handle: bigint,
): void {
  const shared = api.TFE_TensorHandleResolve(handle, status.pointer);
  status.check("free a tensor");
  api.TFE_DeleteTensorHandle(handle);
  const owned = api.TF_TensorMaybeMove(shared);
  const tensor = owned === 0n ? shared : owned;
  if (owned !== 0n) {
    for (const place of stringPlaces(api, tensor)) api.TF_StringDealloc(place);
  }
  api.TF_DeleteTensor(tensor);
}

function checkValues(
  shape: readonly number[],
  size: number,
  dtype: number,
  values: TensorValues,
): void {
  const type = Array.isArray(values) ? "Array" : values.constructor.name;
  const wanted = ARRAY_TYPES.get(dtype);
  if (type !== wanted) {
    throw new TypeError(
      `Cannot create a tensor as its values must be ${wanted} for ${
        dataTypeName(dtype)
      }: current value is ${type}.`,
    );
  }
  const length = dtype === DataType.int64 ? values.length / 2 : values.length;
  if (length !== size) {
    throw new RangeError(
      `Cannot create a tensor as its shape [${shape}] must hold all its values: ` +
        `current value is ${length} values.`,
    );
  }
}

const ARRAY_TYPES: ReadonlyMap<number, string> = new Map([
  [DataType.float32, "Float32Array"],
  [DataType.int32, "Int32Array"],
  [DataType.int64, "Int32Array"],
  [DataType.bool, "Uint8Array"],
  [DataType.uint8, "Uint8Array"],
  [DataType.string, "Array"],
]);

function readNumbers(api: CApi, tensor: bigint, dtype: number): TensorValues {
  const bytes = api.TF_TensorByteSize(tensor);
  const values = emptyValues(dtype, Number(bytes));
  if (bytes > 0n) api.copyOut(values, api.TF_TensorData(tensor), bytes);
  return values;
}

function emptyValues(dtype: number, bytes: number) {
  switch (dtype) {
    case DataType.float32:
    case DataType.complex64:
      return new Float32Array(bytes / 4);
    case DataType.int32:
      return new Int32Array(bytes / 4);
    case DataType.int64:
      return new BigInt64Array(bytes / 8);
    case DataType.bool:
    case DataType.uint8:
    case DataType.resource:
      return new Uint8Array(bytes);
    default:
      throw new TypeError(
        `Cannot read a tensor as its type must have a JavaScript array: ` +
          `current value is ${dataTypeName(dtype)}.`,
      );
  }
}

function readStrings(api: CApi, tensor: bigint): Uint8Array[] {
  return stringPlaces(api, tensor).map((place) => {
    const bytes = api.TF_StringGetSize(place);
    const text = new Uint8Array(Number(bytes));
    if (bytes > 0n) {
      api.copyOut(text, api.TF_StringGetDataPointer(place), bytes);
    }
    return text;
  });
}

function stringPlaces(api: CApi, tensor: bigint): bigint[] {
  const length = Number(api.TF_TensorElementCount(tensor));
  const data = api.TF_TensorData(tensor);
  return Array.from(
    { length },
    (_, index) => data + BigInt(index) * STRING_BYTES,
  );
}

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

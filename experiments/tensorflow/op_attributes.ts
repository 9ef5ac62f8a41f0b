import type { TFEOpAttr } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { CApi } from "./c_api.ts";
import { AttributeType } from "./data_types.ts";
import type { Names } from "./names.ts";
import type { Status } from "./status.ts";

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
  names: Names,
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

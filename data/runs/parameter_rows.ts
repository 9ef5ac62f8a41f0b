import type { ParameterRow } from "./schema.ts";
import {
  conforms,
  count,
  flag,
  type Kind,
  listOf,
  type Shape,
  text,
} from "./shape.ts";

const shape: Shape<ParameterRow> = {
  name: text,
  shape: listOf("sizes", count.accepts),
  rescales: flag,
};

/** A list of what a network trains. */
export const parameterRows: Kind = listOf(
  "parameters",
  (value) => conforms(value, shape),
);

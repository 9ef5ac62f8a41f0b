import type { TensorFlowBinding } from "../binding.ts";
import type { NodeOutput } from "./graph.ts";

/**
 * The shape of what a node will compute.
 *
 * @param op for the message
 * @throws {Error} if it depends on values
 */
export function inferShape(
  { api, status }: TensorFlowBinding,
  graph: bigint,
  output: NodeOutput,
  op: string,
): number[] {
  const rank = api.TF_GraphGetTensorNumDims(graph, output, status.pointer);
  status.check("infer the shape of ", op);
  // Its notes for its own gradient, the only result without a shape, are never looked at.
  if (rank < 0 && op === "FusedBatchNormV3") return [0];
  if (rank < 0) throw shapeError(op, "unknown");
  const lengths = new BigInt64Array(rank);
  if (rank > 0) {
    api.TF_GraphGetTensorShape(graph, output, lengths, rank, status.pointer);
    status.check("infer the shape of ", op);
  }
  const shape = Array.from(lengths, Number);
  if (!shape.includes(-1)) return shape;
  const known = shape.map((length) => length < 0 ? "?" : length);
  throw shapeError(op, `[${known}]`);
}

function shapeError(op: string, current: string): Error {
  return new Error(
    `Cannot compile ${op} as the shape of its result must not depend on values: ` +
      `current value is ${current}.`,
  );
}

import type { ParameterRow } from "../../data/runs/record.ts";

/** What a small transformer of this width trains. */
export function network(width: number): ParameterRow[] {
  const shapes: readonly (readonly [string, readonly number[], boolean])[] = [
    ["embed/kernel", [16, width], false],
    ["block1/norm1/gain", [width], true],
    ["block1/norm1/bias", [width], true],
    ["block1/mlp/expand/kernel", [width, 4 * width], false],
    ["block1/mlp/expand/bias", [4 * width], false],
    ["block1/mlp/contract/kernel", [4 * width, width], false],
    ["block1/mlp/scale/gain", [width], true],
  ];
  return shapes.map(([name, shape, rescales]) => ({ name, shape, rescales }));
}

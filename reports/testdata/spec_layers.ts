import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";

/** One layer of a spec, whose parts tests read. */
export interface SpecLayer {
  readonly mark: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly transform?: readonly Readonly<Record<string, unknown>>[];
  readonly data: { readonly values: readonly Record<string, unknown>[] };
  // deno-lint-ignore no-explicit-any -- a spec is read by its parts
  readonly encoding: Readonly<Record<string, any>>;
}

/** All layers of a chart, those within others included. */
export function layersOf(spec: TopLevelSpec | null): SpecLayer[] {
  assert.ok(spec && "layer" in spec);
  const flat = (layers: readonly unknown[]): SpecLayer[] =>
    layers.flatMap((one) => {
      const { layer } = one as { layer?: readonly unknown[] };
      return layer ? flat(layer) : [one as SpecLayer];
    });
  return flat(spec.layer);
}

/** The rows of the layers whose mark has these properties. */
export function rowsOf(
  layers: readonly SpecLayer[],
  mark: Readonly<Record<string, unknown>>,
): Record<string, unknown>[] {
  return layers.filter((layer) =>
    Object.entries(mark).every(([name, value]) => layer.mark[name] === value)
  ).flatMap(({ data }) => [...data.values]);
}

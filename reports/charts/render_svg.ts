import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";

/**
 * Draws a chart at a given width, as SVG that stands in a page: without a size of its own beyond its
 * view box, and with at most two decimals to a coordinate.
 *
 * @throws Error where Vega-Lite or Vega refuses the spec.
 */
export async function renderSvg(
  spec: TopLevelSpec,
  width: number,
): Promise<string> {
  const { spec: vega } = compile({ ...spec, width } as TopLevelSpec);
  const view = new View(parse(vega, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
  });
  try {
    const svg = await view.toSVG();
    return svg.replaceAll(/-?\d+\.\d{3,}/g, twoDecimals);
  } finally {
    view.finalize();
  }
}

function twoDecimals(number: string): string {
  return String(Number(Number(number).toFixed(2)));
}

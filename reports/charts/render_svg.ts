import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { compactSvg } from "./compact_svg.ts";
import { reckonTextWidth } from "./text_width.ts";

reckonTextWidth();

/**
 * Draws a chart at a given width, as SVG that stands in a page: without a size of its own beyond its
 * view box, and as {@link compactSvg} makes it.
 *
 * @throws Error where Vega-Lite or Vega refuses the spec.
 */
export async function renderSvg(
  spec: TopLevelSpec,
  width: number,
): Promise<string> {
  const [svg = ""] = await renderSvgs(spec, [width]);
  return svg;
}

/**
 * The drawings of {@link renderSvg} at several widths, in half the time: a chart that differs in its
 * width alone is not made anew, but told its width.
 */
export async function renderSvgs(
  spec: TopLevelSpec,
  widths: readonly number[],
): Promise<string[]> {
  const drawings: string[] = [];
  let current: { readonly view: View; readonly rest: string } | undefined;
  try {
    for (const width of widths) {
      const { spec: vega } = compile({ ...spec, width } as TopLevelSpec);
      const rest = withoutWidth(vega);
      if (current && rest !== undefined && rest === current.rest) {
        current.view.width(width);
      } else {
        current?.view.finalize();
        current = { view: viewOf(vega), rest: rest ?? "" };
      }
      drawings.push(compactSvg(await current.view.toSVG()));
    }
  } finally {
    current?.view.finalize();
  }
  return drawings;
}

/** All of a compiled chart but its width; undefined where it has none that a view could be told. */
function withoutWidth({ width, ...rest }: Spec): string | undefined {
  return typeof width === "number" ? JSON.stringify(rest) : undefined;
}

function viewOf(vega: Spec): View {
  return new View(parse(vega, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
  });
}

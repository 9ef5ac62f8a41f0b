import type { Config, TopLevelSpec } from "vega-lite";

/** Height of every plot in pixels; widths follow the page. */
export const PLOT_PX = 300;

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/**
 * What all charts share. Colours are the style sheet's variables, so that one SVG serves light, dark
 * and paper.
 */
const CONFIG: Config = {
  background: "transparent",
  font: FONT,
  axis: {
    aria: false,
    domainColor: "var(--line)",
    gridColor: "var(--grid)",
    labelColor: "var(--muted)",
    labelFontSize: 12,
    labelOverlap: "greedy",
    labelPadding: 6,
    tickColor: "var(--line)",
    titleColor: "var(--muted)",
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 10,
  },
  // The figure around a chart speaks for it; a node for each mark would drown it out.
  mark: { aria: false },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false },
  view: { stroke: null },
};

/** A chart as wide as its place, with the site's look. `layer` is what it draws. */
export function chart(
  spec: Readonly<Record<string, unknown>>,
): TopLevelSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    height: PLOT_PX,
    autosize: { type: "fit-x", contains: "padding" },
    padding: { left: 2, right: 12, top: 4, bottom: 4 },
    config: CONFIG,
    ...spec,
  } as TopLevelSpec;
}

/** An expression for axis labels like `1e-3`, `1.8e-3` and `1`. */
export const RATE_LABELS =
  "datum.value >= 1 && datum.value < 1000 ? format(datum.value, '.2~r') : replace(format(datum.value, '.1~e'), '+', '')";

/** An expression for axis labels like `0.5×` and `10×`. */
export const RATIO_LABELS = "format(datum.value, '.2~r') + '×'";

/** Enough digits to draw, and no more to load. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

import type { Series } from "../series.ts";
import { seriesLabel } from "./series_scales.ts";

/** Height of one series' row, and of the margins together, in pixels. */
const rowHeight = 16;
const margins = 6;

/** The strip on top of a chart by learning rate that counts the runs that diverged. */
export interface DivergedStrip {
  /** 0 where no run diverged: there is no strip then. */
  readonly height: number;
  readonly layers: readonly unknown[];
}

/** The strip for some series, a row each, with the chart's encodings of learning rate and colour. */
export function divergedStrip(
  series: readonly Series[],
  { x, color }: { readonly x: unknown; readonly color: unknown },
): DivergedStrip {
  const rows = series.flatMap(countRows);
  if (rows.length === 0) return { height: 0, layers: [] };
  const height = rowHeight * series.length + margins;
  return { height, layers: [...ground(height), counts(rows, x, color)] };
}

function countRows(series: Series, place: number) {
  return series.rates.filter(({ diverged }) => diverged > 0).map((
    { learningRate, diverged, n },
  ) => ({
    series: seriesLabel(series),
    rate: learningRate,
    label: String(diverged),
    text: `${diverged} of ${n} runs diverged`,
    y: margins / 2 + rowHeight * (place + 0.5),
  }));
}

function ground(height: number): unknown[] {
  return [
    {
      data: { values: [{}] },
      mark: { type: "rect", color: "var(--strip)" },
      encoding: {
        x: { value: 0 },
        x2: { value: "width" },
        y: { value: 0 },
        y2: { value: height },
      },
    },
    {
      data: { values: [{}] },
      mark: { type: "text", align: "right", dx: -8, color: "var(--muted)" },
      encoding: {
        x: { value: 0 },
        y: { value: height / 2 },
        text: { value: "diverged" },
      },
    },
  ];
}

function counts(rows: readonly unknown[], x: unknown, color: unknown): unknown {
  return {
    data: { values: rows },
    mark: { type: "text", fontSize: 12, fontWeight: 600 },
    encoding: {
      x,
      y: { field: "y", type: "quantitative", scale: null, axis: null },
      color,
      text: { field: "label" },
      tooltip: [
        { field: "series", type: "nominal", title: "optimizer" },
        { field: "text", type: "nominal", title: "outcome" },
      ],
    },
  };
}

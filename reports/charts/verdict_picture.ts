/**
 * One number of a verdict as a small drawing: its interval against the band, the seeds below it, and
 * the values that it is compared with.
 */
import type { TopLevelSpec } from "vega-lite";
import type { Interval } from "../../data/statistics/estimate.ts";
import type { VerdictPicture } from "./picture_domain.ts";
import {
  clamp,
  findingLines,
  findingPoints,
  isIn,
  type Mark,
  markPoints,
  plot,
  predictionLine,
} from "./picture_signs.ts";
import { chart, rounded } from "./theme.ts";
import type { VerdictScale } from "./verdict_scale.ts";

const margin = 8;

/** The drawing, or null where no number was found. */
export function verdictPicture(
  { finding, band, marks, prediction }: VerdictPicture,
  scale: VerdictScale,
  domain: Interval,
): TopLevelSpec | null {
  if (finding.kind === "invalid" || finding.kind === "missing") return null;
  const x = axis(scale, domain);
  const next = prediction ? [predictionLine(prediction, domain)] : [];
  return chart({
    width: plot.width,
    height: plot.height,
    // Pictures above one another must agree on where a value lies, whatever their labels need.
    autosize: { type: "none" },
    padding: { left: margin, right: margin, top: 1, bottom: 20 },
    layer: [
      ...band ? bandLayers(band, x, domain) : [],
      ruleLayer(marks, x, domain),
      lineLayer(findingLines(finding, domain), x, [1, 0]),
      lineLayer(next, x, [2, 3]),
      pointLayer([
        ...findingPoints(finding, domain),
        ...markPoints(marks, domain),
      ], x),
    ].filter(hasRows),
  });
}

type Encodings = Readonly<Record<string, unknown>>;

interface Layer {
  readonly data: { readonly values: readonly unknown[] };
  readonly mark: unknown;
  readonly encoding: Encodings;
}

function hasRows({ data }: Layer): boolean {
  return data.values.length > 0;
}

function axis(scale: VerdictScale, { low, high }: Interval): Encodings {
  return {
    field: "x",
    type: "quantitative",
    title: null,
    scale: {
      domain: [rounded(low), rounded(high)],
      nice: false,
      zero: false,
    },
    axis: {
      values: scale.ticks(low, high).map(rounded),
      labelExpr: scale.labels,
      labelFontSize: 11,
      labelPadding: 3,
      tickSize: 4,
      grid: false,
    },
  };
}

function bandLayers(band: Interval, x: Encodings, domain: Interval): Layer[] {
  const place = { x: clamp(band.low, domain), to: clamp(band.high, domain) };
  const edges = [band.low, band.high].filter((edge) => isIn(domain, edge));
  return [
    {
      data: { values: [place] },
      mark: { type: "rect", color: "var(--band)" },
      encoding: {
        x,
        x2: { field: "to" },
        y: { value: 0 },
        y2: { value: plot.height },
      },
    },
    {
      data: { values: edges.map((edge) => ({ x: rounded(edge) })) },
      mark: { type: "rule", color: "var(--band-edge)" },
      encoding: { x },
    },
  ];
}

function ruleLayer(
  marks: readonly Mark[],
  x: Encodings,
  domain: Interval,
): Layer {
  const values = marks.filter(({ kind, value }) =>
    kind === "rule" && isIn(domain, value)
  ).map(({ value }) => ({ x: rounded(value) }));
  return {
    data: { values },
    mark: { type: "rule", color: "var(--muted)", strokeDash: [4, 3] },
    encoding: { x },
  };
}

function lineLayer(
  values: readonly unknown[],
  x: Encodings,
  strokeDash: readonly number[],
): Layer {
  return {
    data: { values },
    mark: { type: "rule", color: "var(--ink)", strokeDash },
    encoding: {
      x,
      x2: { field: "to" },
      y: asItIs("y", "quantitative"),
      strokeWidth: asItIs("width", "quantitative"),
    },
  };
}

function pointLayer(values: readonly unknown[], x: Encodings): Layer {
  return {
    data: { values },
    mark: { type: "point", opacity: 1, strokeWidth: 1.5 },
    encoding: {
      x,
      y: asItIs("y", "quantitative"),
      shape: asItIs("shape", "nominal"),
      size: asItIs("size", "quantitative"),
      fill: asItIs("fill", "nominal"),
      stroke: asItIs("stroke", "nominal"),
    },
  };
}

/** What the field holds is what is drawn. */
function asItIs(field: string, type: "nominal" | "quantitative"): unknown {
  return field === "y"
    ? { field, type, scale: null, axis: null }
    : { field, type, scale: null, legend: null };
}

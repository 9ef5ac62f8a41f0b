import type { Interval } from "../../data/statistics/estimate.ts";
import {
  arrowRows,
  barRows,
  meanRows,
  type PlacedNetwork,
  pointsOf,
  seedRows,
} from "./placed_network.ts";
import { spreadLabels } from "./spread_labels.ts";
import { haloText, plotHeight } from "./theme.ts";

/** Least distance of two networks' names, in pixels. */
const labelGap = 17;

type Encodings = Readonly<Record<string, unknown>>;

/** One colour and shape for each kind of network. */
const looks = {
  domain: ["cnn", "vit", "other"],
  color: ["var(--arm-4)", "var(--arm-3)", "var(--arm-6)"],
  shape: ["square", "circle", "diamond"],
} as const;

const color = {
  field: "look",
  type: "nominal",
  legend: null,
  scale: { domain: looks.domain, range: looks.color },
};

/** Seeds, intervals and means of networks. */
export function measuredLayers(
  placed: readonly PlacedNetwork[],
  { x, y }: Encodings,
  plot: Interval,
): unknown[] {
  const shape = { ...color, scale: { ...color.scale, range: looks.shape } };
  return [
    {
      data: { values: placed.flatMap(seedRows) },
      mark: {
        type: "point",
        filled: true,
        size: 35,
        opacity: 0.5,
        xOffset: -8,
      },
      encoding: { x, y, color, shape, tooltip: tooltip("seed") },
    },
    {
      data: { values: placed.flatMap((one) => barRows(one, plot)) },
      mark: { type: "rule", strokeWidth: 2.5 },
      encoding: {
        x,
        y: { ...y as Encodings, field: "low" },
        y2: { field: "high" },
        color,
      },
    },
    {
      data: { values: placed.flatMap((one) => arrowRows(one, plot)) },
      mark: { type: "point", filled: true, size: 90, opacity: 1 },
      encoding: {
        x,
        y,
        color,
        shape: { field: "end", type: "nominal", scale: null, legend: null },
      },
    },
    {
      data: { values: placed.flatMap(meanRows) },
      mark: {
        type: "point",
        filled: true,
        size: 130,
        opacity: 1,
        stroke: "var(--paper)",
        strokeWidth: 2,
      },
      encoding: { x, y, color, shape, tooltip: tooltip("predicted") },
    },
  ];
}

function tooltip(extra: "seed" | "predicted"): unknown[] {
  return [
    { field: "name", type: "nominal", title: "network" },
    { field: extra, type: "nominal", title: extra },
    { field: "text", type: "nominal", title: "measured" },
  ];
}

/** What the axes reach over: entries, and ratios. */
export interface PlotRange extends Interval {
  readonly few: number;
  readonly many: number;
}

/** Names beside the means, moved apart where they would overlap. */
export function nameLayers(
  placed: readonly PlacedNetwork[],
  { x }: Encodings,
  { few, many, low, high }: PlotRange,
): unknown[] {
  const heights = placed.map(({ ratio }) => {
    const points = pointsOf(ratio).map(Math.log);
    const middle = ratio.measured.kind === "estimate"
      ? ratio.measured.estimate.mean * Math.LN10
      : points.reduce((sum, point) => sum + point, 0) / points.length;
    return plotHeight * (Math.log(high) - middle) / Math.log(high / low);
  });
  const spread = spreadLabels(heights, labelGap);
  return placed.flatMap(({ name, look, entries }, i) => {
    const toLeft = Math.log(entries / few) > 0.75 * Math.log(many / few);
    return haloText(
      {
        align: toLeft ? "right" : "left",
        dx: toLeft ? -14 : 10,
        fontSize: 12,
      },
      {
        data: { values: [{ name, look, entries, y: Math.round(spread[i]!) }] },
        encoding: {
          x,
          y: { field: "y", type: "quantitative", scale: null, axis: null },
          color,
          text: { field: "name" },
        },
      },
    );
  });
}

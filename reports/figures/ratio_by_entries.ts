import type { TopLevelSpec } from "vega-lite";
import type { Interval } from "../../data/statistics/estimate.ts";
import { stepRatio } from "../../data/statistics/mechanism.ts";
import { spreadLabels } from "../charts/labels.ts";
import { logTicks } from "../charts/scales.ts";
import {
  chart,
  haloText,
  PLOT_PX,
  RATIO_LABELS,
  rounded,
} from "../charts/theme.ts";
import { formatRatio } from "../numbers.ts";
import { shortModelName } from "../words.ts";
import type { MeasuredRatio, NetworkRatios } from "./mechanism.ts";

/** What the rule of thumb says, whatever the network. */
const RULE = 10;

/** Points of the predicted curve. */
const CURVE_POINTS = 60;

/**
 * SING's best learning rate over AdamW's by the size of the network's tensors, with seeds as points,
 * means and their 90% intervals, beside the predicted curve. Null where no network has a place.
 */
export function ratioByEntries(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const placed = networks.flatMap(place);
  if (placed.length === 0) return null;
  const [few, many] = entriesDomain(placed);
  const curve = curveRows(few, many);
  const [low, high] = ratioDomain(placed, curve.map(({ ratio }) => ratio));
  const x = {
    field: "entries",
    type: "quantitative",
    title: "D, entries of a tensor",
    scale: { type: "log", domain: [few, many], nice: false },
    axis: { values: powers(few, many), format: "~s" },
  };
  const y = {
    field: "ratio",
    type: "quantitative",
    title: null,
    scale: { type: "log", domain: [low, high], nice: false },
    axis: {
      values: logTicks(low, high, 4),
      labelExpr: RATIO_LABELS,
    },
  };
  return chart({
    layer: [
      ...curveLayers(curve, { x, y }),
      ...measuredLayers(placed, { x, y }, { low, high }),
      ...nameLayers(placed, { x }, { few, many, low, high }),
    ],
  });
}

type Encodings = Readonly<Record<string, unknown>>;

function entriesDomain(placed: readonly PlacedNetwork[]): [number, number] {
  const entries = placed.map((network) => network.entries);
  return [
    rounded(Math.min(100, ...entries) / 2),
    rounded(Math.max(1e6, ...entries) * 2),
  ];
}

function ratioDomain(
  placed: readonly PlacedNetwork[],
  curve: readonly number[],
): [number, number] {
  const ratios = [
    ...placed.flatMap(({ ratio }) => pointsOf(ratio)),
    ...curve,
    RULE,
  ];
  return [
    rounded(Math.min(...ratios) / 1.3),
    rounded(Math.max(...ratios) * 1.3),
  ];
}

function curveRows(few: number, many: number) {
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const entries = few * (many / few) ** (i / CURVE_POINTS);
    return {
      entries: rounded(entries),
      ratio: rounded(2 * stepRatio(entries)),
    };
  });
}

function powers(few: number, many: number): number[] {
  const first = Math.ceil(Math.log10(few));
  const count = Math.floor(Math.log10(many)) - first + 1;
  return Array.from({ length: count }, (_, i) => 10 ** (first + i));
}

/** The prediction and the rule of thumb, each named on its line. */
function curveLayers(
  curve: readonly { readonly entries: number; readonly ratio: number }[],
  { x, y }: Encodings,
): unknown[] {
  return [
    {
      data: { values: [{ ratio: RULE }] },
      mark: { type: "rule", color: "var(--muted)", strokeDash: [3, 3] },
      encoding: { y },
    },
    {
      data: { values: curve },
      mark: { type: "line", color: "var(--ink)", strokeWidth: 2 },
      encoding: { x, y },
    },
    ...haloText({ dx: -24, align: "right", fontSize: 12, limit: 0 }, {
      data: { values: [{ ...curve.at(-1), label: "2R(D), predicted" }] },
      encoding: {
        x,
        y,
        color: { value: "var(--ink)" },
        text: { field: "label" },
      },
    }),
    ...haloText({
      dy: -8,
      align: "left",
      fontSize: 12,
      fontWeight: 400,
      limit: 0,
    }, {
      data: { values: [{ ratio: RULE, label: "10×, the rule of thumb" }] },
      encoding: {
        x: { value: 4 },
        y,
        color: { value: "var(--muted)" },
        text: { field: "label" },
      },
    }),
  ];
}

/** Least distance of two networks' names, in pixels. */
const NAME_GAP_PX = 17;

type MeasuredEncodings = Readonly<Record<string, unknown>>;

/** One colour and shape for each kind of network. */
const NETWORK_LOOKS = {
  domain: ["cnn", "vit", "other"],
  color: ["var(--arm-4)", "var(--arm-3)", "var(--arm-6)"],
  shape: ["square", "circle", "diamond"],
} as const;

const NETWORK_COLOR = {
  field: "look",
  type: "nominal",
  legend: null,
  scale: { domain: NETWORK_LOOKS.domain, range: NETWORK_LOOKS.color },
};

/** Seeds, intervals and means of networks. */
export function measuredLayers(
  placed: readonly PlacedNetwork[],
  { x, y }: MeasuredEncodings,
  plot: Interval,
): unknown[] {
  const shape = {
    ...NETWORK_COLOR,
    scale: { ...NETWORK_COLOR.scale, range: NETWORK_LOOKS.shape },
  };
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
      encoding: { x, y, color: NETWORK_COLOR, shape, tooltip: tooltip("seed") },
    },
    {
      data: { values: placed.flatMap((one) => barRows(one, plot)) },
      mark: { type: "rule", strokeWidth: 2.5 },
      encoding: {
        x,
        y: { ...y as MeasuredEncodings, field: "low" },
        y2: { field: "high" },
        color: NETWORK_COLOR,
      },
    },
    {
      data: { values: placed.flatMap((one) => arrowRows(one, plot)) },
      mark: { type: "point", filled: true, size: 90, opacity: 1 },
      encoding: {
        x,
        y,
        color: NETWORK_COLOR,
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
      encoding: {
        x,
        y,
        color: NETWORK_COLOR,
        shape,
        tooltip: tooltip("predicted"),
      },
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
  { x }: MeasuredEncodings,
  { few, many, low, high }: PlotRange,
): unknown[] {
  const heights = placed.map(({ ratio }) => {
    const points = pointsOf(ratio).map(Math.log);
    const middle = ratio.measured.kind === "estimate"
      ? ratio.measured.estimate.mean * Math.LN10
      : points.reduce((sum, point) => sum + point, 0) / points.length;
    return PLOT_PX * (Math.log(high) - middle) / Math.log(high / low);
  });
  const spread = spreadLabels(heights, NAME_GAP_PX);
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
          color: NETWORK_COLOR,
          text: { field: "name" },
        },
      },
    );
  });
}

/** Networks in the plane of tensor size and ratio of best learning rates, as rows of a chart. */

/** A network with a place in the plot. */
export interface PlacedNetwork {
  readonly name: string;
  readonly look: string;
  readonly entries: number;
  readonly ratio: MeasuredRatio;
}

/** The network with its place; nothing where it has none. */
export function place(
  { model, entries, ratios }: NetworkRatios,
): PlacedNetwork[] {
  const ratio = ratios[0];
  if (entries === null || !ratio || pointsOf(ratio).length === 0) return [];
  const look = model.startsWith("cnn")
    ? "cnn"
    : model.startsWith("vit")
    ? "vit"
    : "other";
  return [{
    name: shortModelName(model),
    look,
    entries: rounded(entries),
    ratio,
  }];
}

/** All finite ratios that a finding draws. */
export function pointsOf({ measured }: MeasuredRatio): number[] {
  const decades = measured.kind === "estimate"
    ? [
      ...measured.estimate.values,
      measured.estimate.interval90.low,
      measured.estimate.interval90.high,
    ]
    : measured.kind === "range"
    ? [measured.range.low, measured.range.high]
    : [];
  return decades.filter(Number.isFinite).map((decade) => 10 ** decade);
}

/** A row a seed. */
export function seedRows({ name, look, entries, ratio }: PlacedNetwork) {
  if (ratio.measured.kind !== "estimate") return [];
  return ratio.measured.estimate.values.map((decades, i) => ({
    name,
    look,
    entries,
    ratio: rounded(10 ** decades),
    seed: ratio.seeds[i],
    text: formatRatio(10 ** decades),
  }));
}

/** The mean, if there is an estimate. */
export function meanRows({ name, look, entries, ratio }: PlacedNetwork) {
  if (ratio.measured.kind !== "estimate") return [];
  const mean = 10 ** ratio.measured.estimate.mean;
  return [{
    name,
    look,
    entries,
    ratio: rounded(mean),
    predicted: ratio.predicted === null
      ? "unknown"
      : formatRatio(ratio.predicted),
    text: formatRatio(mean),
  }];
}

/** The interval, or what an open side leaves, within the plot. */
export function barRows(
  { look, entries, ratio: { measured } }: PlacedNetwork,
  { low: bottom, high: top }: Interval,
) {
  if (measured.kind !== "estimate" && measured.kind !== "range") return [];
  const { low, high } = measured.kind === "range"
    ? measured.range
    : measured.estimate.interval90;
  if (measured.kind === "estimate" && !Number.isFinite(low)) return [];
  return [{
    look,
    entries,
    low: rounded(Math.max(10 ** low, bottom)),
    high: rounded(Math.min(10 ** high, top)),
  }];
}

/** An arrowhead where a range goes on beyond the plot. */
export function arrowRows(
  { look, entries, ratio: { measured } }: PlacedNetwork,
  { low: bottom, high: top }: Interval,
) {
  if (measured.kind !== "range") return [];
  const { low, high } = measured.range;
  return [
    ...low === -Infinity
      ? [{ look, entries, ratio: bottom, end: "triangle-down" }]
      : [],
    ...high === Infinity
      ? [{ look, entries, ratio: top, end: "triangle-up" }]
      : [],
  ];
}

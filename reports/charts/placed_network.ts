/** Networks in the plane of tensor size and ratio of best learning rates, as rows of a chart. */
import type { Interval } from "../../data/statistics/estimate.ts";
import type { MeasuredRatio, NetworkRatios } from "../mechanism.ts";
import { shortModelName } from "../names.ts";
import { formatRatio } from "../numbers.ts";
import { rounded } from "./theme.ts";

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

import type { TopLevelSpec } from "vega-lite";
import type { Band } from "../../data/statistics/band.ts";
import { type Estimate, estimate } from "../../data/statistics/estimate.ts";
import { formatRatio } from "../numbers.ts";
import { chart, rounded } from "./theme.ts";
import { ratioScale } from "./verdict_scale.ts";

export interface IntervalSteps {
  /** Of a difference in decades, with its allowance. */
  readonly difference: Estimate;
  readonly band: Band;
  /** What the difference is in truth. */
  readonly truth: number;
}

const rowHeight = 64;
const rows = ["each seed", "from the seeds alone", "with the allowance"];

/**
 * From seeds to what is judged: the differences by seed, the interval that they have by themselves,
 * and the wider one, all before the band.
 */
export function intervalSteps(
  { difference, band, truth }: IntervalSteps,
): TopLevelSpec {
  const bare = estimate(difference.values);
  const { values, interval95, mean } = difference;
  const low = Math.min(...values, band.low, interval95.low) - 0.12;
  const high = Math.max(...values, band.high, interval95.high) + 0.12;
  const x = {
    field: "x",
    type: "quantitative",
    title: "ratio of the best learning rates",
    scale: { domain: [rounded(low), rounded(high)], nice: false, zero: false },
    axis: {
      values: ratioScale.ticks(low, high),
      labelExpr: ratioScale.labels,
    },
  };
  return chart({
    height: rowHeight * rows.length,
    layer: [
      bandLayer(band, x),
      {
        data: { values: [{ x: truth, label: "the truth" }] },
        mark: { type: "rule", color: "var(--ink)", strokeDash: [4, 3] },
        encoding: {
          x,
          tooltip: [{ field: "label", type: "nominal", title: "line" }],
        },
      },
      ...[[bare, 1], [difference, 2]].flatMap(([one, row]) =>
        intervalLayers(one as Estimate, row as number, x)
      ),
      seedLayer(values, x),
      meanLayer(mean, x),
      ...noteLayers(band, truth, x),
      ...rows.map((label, row) => ({
        data: { values: [{ label }] },
        mark: {
          type: "text",
          align: "left",
          fontSize: 12,
          color: "var(--muted)",
        },
        encoding: {
          x: { value: 4 },
          y: { value: middleOf(row) - 22 },
          text: { field: "label" },
        },
      })),
    ],
  });
}

function middleOf(row: number): number {
  return rowHeight * (row + 0.5) + 6;
}

function bandLayer({ low, high }: Band, x: unknown): unknown {
  return {
    data: { values: [{ x: low, to: high }] },
    mark: { type: "rect", color: "var(--band)" },
    encoding: {
      x,
      x2: { field: "to" },
      y: { value: 0 },
      y2: { value: "height" },
    },
  };
}

/** What the shade and the dashed line are, above them. */
function noteLayers(band: Band, truth: number, x: unknown): unknown[] {
  const notes = [
    { x: band.high, label: "the band", align: "right", dx: -6 },
    { x: truth, label: "the truth", align: "left", dx: 6 },
  ];
  return notes.flatMap(({ align, dx, ...note }) => ({
    data: { values: [note] },
    mark: {
      type: "text",
      align,
      dx,
      fontSize: 12,
      color: "var(--muted)",
    },
    encoding: { x, y: { value: 12 }, text: { field: "label" } },
  }));
}

function intervalLayers(one: Estimate, row: number, x: unknown): unknown[] {
  const bars = [[one.interval95, 2], [one.interval90, 9]] as const;
  return bars.map(([{ low, high }, strokeWidth], i) => ({
    data: {
      values: [{
        x: rounded(low),
        to: rounded(high),
        level: i === 0 ? "95%" : "90%",
        text: `${formatRatio(10 ** low)} to ${formatRatio(10 ** high)}`,
      }],
    },
    mark: { type: "rule", color: "var(--ink)", strokeWidth },
    encoding: {
      x,
      x2: { field: "to" },
      y: { value: middleOf(row) },
      tooltip: [
        { field: "level", type: "nominal", title: "interval" },
        { field: "text", type: "nominal", title: "ratio" },
      ],
    },
  }));
}

function seedLayer(values: readonly number[], x: unknown): unknown {
  return {
    data: {
      values: values.map((value, i) => ({
        x: rounded(value),
        seed: i + 1,
        text: formatRatio(10 ** value),
      })),
    },
    mark: {
      type: "point",
      filled: true,
      size: 70,
      opacity: 0.6,
      color: "var(--dot)",
    },
    encoding: {
      x,
      y: { value: middleOf(0) },
      tooltip: [
        { field: "seed", type: "nominal", title: "seed" },
        { field: "text", type: "nominal", title: "ratio" },
      ],
    },
  };
}

function meanLayer(mean: number, x: unknown): unknown {
  return {
    data: {
      values: [1, 2].map((row) => ({ x: rounded(mean), y: middleOf(row) })),
    },
    mark: {
      type: "point",
      filled: true,
      size: 120,
      opacity: 1,
      color: "var(--ink)",
      stroke: "var(--paper)",
      strokeWidth: 2,
    },
    encoding: {
      x,
      y: { field: "y", type: "quantitative", scale: null, axis: null },
    },
  };
}

import type { TopLevelSpec } from "vega-lite";
import { learningRateCell, valueAt } from "../../data/statistics/position.ts";
import { stepsPerCell } from "../../data/statistics/gaussian_process.ts";
import type { Optimum } from "../../data/statistics/optimum.ts";
import { formatRate } from "../numbers.ts";
import { armStyles } from "./arm_style.ts";
import { chart, haloText, rateLabels, rounded } from "./theme.ts";
import { rateTicks } from "./ticks.ts";

export interface SeedOptimum {
  readonly arm: string;
  /** In cells of the learning rate's grid, ascending. */
  readonly positions: readonly number[];
  /** y at each. */
  readonly scores: readonly number[];
  readonly optimum: Optimum;
}

/**
 * One seed's scores by learning rate, the curve fitted to those before the cliff, and the rate that
 * is taken for its best.
 */
export function seedOptimum(seed: SeedOptimum): TopLevelSpec {
  const { positions, optimum } = seed;
  const rates = positions.map(rateAt);
  const domain = [Math.min(...rates) / 1.4, Math.max(...rates) * 1.4] as const;
  const x = {
    field: "rate",
    type: "quantitative",
    title: "learning rate",
    scale: { type: "log", domain, nice: false },
    axis: { values: rateTicks(...domain), labelExpr: rateLabels },
  };
  const y = { field: "y", type: "quantitative", title: null };
  const style = armStyles([seed.arm]).get(seed.arm)!;
  return chart({
    layer: [
      ...droppedGround(seed, x),
      {
        data: { values: fitRows(optimum) },
        mark: { type: "line", color: style.color, strokeWidth: 2 },
        encoding: { x, y },
      },
      pointLayer(seed, { x, y }, style),
      ...bestLayers(optimum, x),
    ],
  });
}

function rateAt(position: number): number {
  return rounded(valueAt(position, learningRateCell));
}

type Encodings = Readonly<Record<string, unknown>>;

/** Behind the points that the cliff rule drops. */
function droppedGround(
  { positions, optimum }: SeedOptimum,
  x: Encodings,
): unknown[] {
  const last = positions[positions.length - 1]!;
  if (optimum.to === last) return [];
  const from = rateAt(optimum.to + 0.5);
  return [
    {
      data: { values: [{ rate: from }] },
      mark: { type: "rect", color: "var(--strip)" },
      encoding: {
        x,
        x2: { value: "width" },
        y: { value: 0 },
        y2: { value: "height" },
      },
    },
    {
      data: { values: [{ rate: from, label: "dropped" }] },
      mark: {
        type: "text",
        align: "left",
        dx: 10,
        fontSize: 13,
        color: "var(--muted)",
      },
      encoding: { x, y: { value: 16 }, text: { field: "label" } },
    },
  ];
}

function fitRows({ from, fit }: Optimum) {
  return Array.from(fit, (y, step) => ({
    rate: rateAt(from + step / stepsPerCell),
    y: rounded(y),
  }));
}

function pointLayer(
  { positions, scores, optimum }: SeedOptimum,
  encoding: Encodings,
  style: { readonly color: string; readonly shape: string },
): unknown {
  const rows = positions.map((position, i) => ({
    rate: rateAt(position),
    rateText: formatRate(rateAt(position)),
    y: rounded(scores[i]!),
    fill: position > optimum.to ? "var(--strip)" : style.color,
  }));
  return {
    data: { values: rows },
    mark: {
      type: "point",
      shape: style.shape,
      size: 80,
      opacity: 1,
      stroke: style.color,
      strokeWidth: 1.5,
    },
    encoding: {
      ...encoding,
      fill: { field: "fill", type: "nominal", scale: null, legend: null },
      tooltip: [
        { field: "rateText", type: "nominal", title: "learning rate" },
        { field: "y", type: "quantitative", title: "y", format: ".3f" },
      ],
    },
  };
}

function bestLayers({ position }: Optimum, x: Encodings): unknown[] {
  const rate = rateAt(position);
  const row = { rate, label: `x*: ${formatRate(rate)}` };
  return [
    {
      data: { values: [row] },
      mark: { type: "rule", color: "var(--ink)", strokeDash: [4, 3] },
      encoding: { x },
    },
    ...haloText({ align: "right", dx: -8, color: "var(--ink)" }, {
      data: { values: [row] },
      encoding: { x, y: { value: 60 }, text: { field: "label" } },
    }),
  ];
}

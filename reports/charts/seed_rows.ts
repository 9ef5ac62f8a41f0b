import type { Interval } from "../../data/statistics/estimate.ts";
import { haloText, rounded } from "./theme.ts";

/** What one row of a chart measures: seeds as points, and their mean with its interval. */
export interface SeedRow {
  /** Stands above the row; rows of one label would fall together. */
  readonly label: string;
  /** A CSS colour, one an optimizer. */
  readonly color: string;
  readonly seeds: readonly SeedPoint[];
  /** Null where too little is there for one. */
  readonly mean: MeanPoint | null;
  /** A value known beforehand, drawn as a hollow diamond. */
  readonly predicted?: { readonly value: number; readonly text: string };
}

export interface SeedPoint {
  readonly value: number;
  /** Of a tooltip: the seed, and the value in words. */
  readonly seed: string;
  readonly text: string;
}

export interface MeanPoint {
  readonly value: number;
  /** Ends that are no finite numbers are not drawn. */
  readonly interval: Interval;
  readonly text: string;
}

/** Height of a row in pixels. */
export const seedRowHeight = 68;

/** All that rows would draw on their horizontal axis. */
export function valuesOf(rows: readonly SeedRow[]): number[] {
  return rows.flatMap(({ seeds, mean, predicted }) => [
    ...seeds.map(({ value }) => value),
    ...predicted ? [predicted.value] : [],
    ...mean ? [mean.value, mean.interval.low, mean.interval.high] : [],
  ]).filter(Number.isFinite);
}

/** The vertical place of rows: one below the other, in the order given. */
export function rowPlace(rows: readonly SeedRow[]): Encoding {
  return {
    field: "row",
    type: "nominal",
    axis: null,
    scale: { domain: rows.map(({ label }) => label) },
  };
}

type Encoding = Readonly<Record<string, unknown>>;

/** Layers of all rows: the labels, the seeds, the interval and the mean. `x` is of field `value`. */
export function seedRowLayers(
  rows: readonly SeedRow[],
  { x, y = rowPlace(rows) }: { readonly x: Encoding; readonly y?: Encoding },
): unknown[] {
  const color = {
    field: "row",
    type: "nominal",
    legend: null,
    scale: {
      domain: rows.map(({ label }) => label),
      range: rows.map(({ color }) => color),
    },
  };
  return [
    ...labels(rows, y),
    {
      data: { values: rows.flatMap(seedValues) },
      mark: {
        type: "point",
        filled: true,
        size: 40,
        opacity: 0.55,
        yOffset: 15,
      },
      encoding: { x, y, color, tooltip: tooltip("seed") },
    },
    {
      data: { values: rows.flatMap(intervalValues) },
      mark: { type: "rule", strokeWidth: 3, strokeCap: "round" },
      encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
    },
    {
      data: { values: rows.flatMap(meanValues) },
      mark: {
        type: "point",
        filled: true,
        size: 110,
        opacity: 1,
        stroke: "var(--paper)",
        strokeWidth: 2,
      },
      encoding: { x, y, color, tooltip: tooltip("mean") },
    },
    ...predictions(rows, { x, y }),
  ];
}

/** In the page's ink: a label is read, where a mark's colour tells whose it is. */
function labels(rows: readonly SeedRow[], y: Encoding): unknown[] {
  return haloText(
    {
      align: "left",
      dy: -20,
      limit: { expr: "width" },
      fontWeight: 400,
      color: "var(--ink)",
    },
    {
      data: { values: rows.map(({ label }) => ({ row: label })) },
      encoding: { x: { value: 0 }, y, text: { field: "row" } },
    },
  );
}

function predictions(
  rows: readonly SeedRow[],
  { x, y }: { readonly x: Encoding; readonly y: Encoding },
): unknown[] {
  const values = rows.flatMap(({ label, predicted }) =>
    predicted
      ? [{
        row: label,
        value: rounded(predicted.value),
        text: predicted.text,
      }]
      : []
  );
  return values.length === 0 ? [] : [{
    data: { values },
    mark: {
      type: "point",
      shape: "diamond",
      size: 120,
      fill: "var(--paper)",
      stroke: "var(--ink)",
      strokeWidth: 2,
      opacity: 1,
    },
    encoding: {
      x,
      y,
      tooltip: [
        { field: "row", type: "nominal", title: "compared" },
        { field: "text", type: "nominal", title: "predicted" },
      ],
    },
  }];
}

function tooltip(field: "seed" | "mean"): unknown[] {
  return [
    { field: "row", type: "nominal", title: "compared" },
    { field, type: "nominal", title: field },
    { field: "text", type: "nominal", title: "value" },
  ];
}

function seedValues({ label, seeds }: SeedRow) {
  return seeds.map(({ value, seed, text }) => ({
    row: label,
    value: rounded(value),
    seed,
    text,
  }));
}

function intervalValues({ label, mean }: SeedRow) {
  if (!mean) return [];
  const { low, high } = mean.interval;
  return Number.isFinite(low) && Number.isFinite(high)
    ? [{ row: label, low: rounded(low), high: rounded(high) }]
    : [];
}

function meanValues({ label, seeds, mean }: SeedRow) {
  return mean
    ? [{
      row: label,
      value: rounded(mean.value),
      mean: `of ${seeds.length}`,
      text: mean.text,
    }]
    : [];
}

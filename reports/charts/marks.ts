/**
 * The vocabulary of the figures: what stands on their axes (seeds, means, intervals, names, notes,
 * grounds), so that a figure's own file says what it draws and not how.
 */
import type { TopLevelSpec } from "vega-lite";
import type { Estimate, Interval } from "../../data/statistics/estimate.ts";
import { mean } from "../../data/statistics/textbook.ts";
import { compact } from "../html.ts";
import { logTicks, rateTicks } from "./scales.ts";
import { chart, RATE_LABELS, rounded } from "./theme.ts";

/** What a mark's place, colour or shape depends on, in Vega-Lite's terms. */
export type Channel = Readonly<Record<string, unknown>>;

/** The channels of a layer by name. */
export type Channels<Name extends string> = Readonly<Record<Name, Channel>>;

/** A layer of a chart, or a part of one. */
export type Layer = Readonly<Record<string, unknown>>;

/** One row of data a mark. */
export function layer(
  values: readonly unknown[],
  mark: Layer,
  encoding: Layer,
): Layer {
  return { data: { values }, mark, encoding };
}

// Channels

/** A place in pixels that the rows hold. */
export function pixels(field = "y"): Channel {
  return { field, type: "quantitative", scale: null, axis: null };
}

/** A colour, a shape or a dash for each of some names. */
export function byName(
  field: string,
  domain: readonly unknown[],
  range: readonly unknown[],
): Channel {
  return { field, type: "nominal", legend: null, scale: { domain, range } };
}

/** A row for each name, without an axis. */
export function namedRows(
  field: string,
  domain: readonly string[],
  range?: readonly unknown[],
): Channel {
  const scale = { domain, ...range && { range } };
  return { field, type: "nominal", axis: null, scale };
}

/** A quantitative axis over a domain, with what else Vega-Lite is to know of its scale and itself. */
export function quantity(
  field: string,
  title: string | null,
  domain: readonly number[],
  { scale, ...axis }: { readonly scale?: Layer } & Layer = {},
): Channel {
  return {
    field,
    type: "quantitative",
    title,
    scale: { domain, nice: false, ...scale },
    axis,
  };
}

/** The logarithmic axis of a learning rate, in field `rate`. */
export function rateAxis(
  [low, high]: readonly [number, number],
  { title = "learning rate", exact = false, ...axis }: {
    readonly title?: string;
    /** Whether the ends stand in the chart with all their digits. */
    readonly exact?: boolean;
    /** More of Vega-Lite's axis, such as its grid. */
    readonly [axis: string]: unknown;
  } = {},
): Channel {
  return quantity("rate", title, exact ? [low, high] : rounds(low, high), {
    scale: { type: "log" },
    values: rateTicks(low, high),
    labelExpr: RATE_LABELS,
    ...axis,
  });
}

/** The logarithmic vertical axis of a loss or norm; a range of pixels where it shares its plot. */
export function logAxis(
  field: string,
  [low, high]: readonly [number, number],
  { range, wanted, ...axis }: {
    readonly range?: readonly number[];
    /** How many ticks there should be. */
    readonly wanted?: number;
    readonly [axis: string]: unknown;
  } = {},
): Channel {
  return quantity(field, null, [low, high], {
    ...axis,
    scale: { type: "log", ...range && { range } },
    values: logTicks(low, high, wanted),
    format: ".3~r",
  });
}

/** Ends of a domain, with enough digits to draw. */
export function rounds(low: number, high: number): [number, number] {
  return [rounded(low), rounded(high)];
}

/** The axis of training steps. */
export function stepAxis(scale: Layer = {}): Channel {
  return {
    field: "step",
    type: "quantitative",
    title: "step",
    scale: { ...scale, nice: false, zero: false },
    axis: { tickCount: 6, format: "d" },
  };
}

/** Around positive values, with the same air on both sides of a logarithmic axis. */
export function logDomain(
  values: readonly number[],
  air: number,
  least: number,
): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factor = Math.exp(air * Math.max(Math.log(high / low), least));
  return rounds(low / factor, high * factor);
}

/** What a mark tells who points at it: fields of its row, each with its title. */
export function tooltip(titles: Readonly<Record<string, string>>): unknown[] {
  return Object.entries(titles).map(([field, title]) => ({
    field,
    type: "nominal",
    title,
  }));
}

// Marks

/** Seeds, small and pale: where many lie on one place they are darker. */
export function seeds(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer {
  return dots(values, encoding, { size: 40, opacity: 0.55, ...mark });
}

/** A point that counts, solid. */
export function dots(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer {
  return layer(
    values,
    { type: "point", filled: true, size: 90, opacity: 1, ...mark },
    encoding,
  );
}

/** A point that took no part in what is drawn beside it: an outline in ink. */
export function hollow(
  values: readonly unknown[],
  shape: string,
  encoding: Layer,
  mark: Layer = {},
): Layer {
  const look = { type: "point", shape, opacity: 1, stroke: "var(--ink)" };
  return layer(values, { ...look, ...mark }, encoding);
}

/** A mean, large, set off from the seeds under it by a ring of paper. */
export function means(
  values: readonly unknown[],
  encoding: Layer,
  { strokeWidth = 2, ...mark }: Layer = {},
): Layer {
  const ring = { stroke: "var(--paper)", strokeWidth };
  return dots(values, encoding, { size: 130, ...mark, ...ring });
}

/** An interval: a bar from the field of `x` or `y` to that of `x2` or `y2`. */
export function bars(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer {
  return layer(values, { type: "rule", ...mark }, encoding);
}

/** A line through the plot at a value of interest. */
export function guide(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = { color: "var(--muted)", strokeDash: [3, 3] },
): Layer {
  return bars(values, encoding, mark);
}

/** A line from row to row, in their order. */
export function line(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer {
  return layer(values, { type: "line", ...mark, strokeWidth: 2 }, encoding);
}

/** Small text in the plot, muted. Field `label`, unless the encoding says another. */
export function note(
  values: readonly unknown[],
  encoding: Layer,
  { fontSize = 12, fontWeight, color = "var(--muted)", ...place }: Layer = {},
): Layer {
  const weight = fontWeight === undefined ? {} : { fontWeight };
  return layer(
    values,
    { type: "text", ...place, fontSize, ...weight, color },
    { text: LABEL, ...encoding },
  );
}

const LABEL = { field: "label" };

/** A strip at the top of the plot, shaded, for what has no place on its vertical axis. */
export function strip(height: number): Layer {
  return layer([{}], { type: "rect", color: "var(--strip)" }, {
    x: { value: 0 },
    x2: { value: "width" },
    y: { value: 0 },
    y2: { value: height },
  });
}

/**
 * Text that stays legible where it crosses a line: first its outline in the page's colour. Field
 * `label`, unless the encoding says another.
 */
export function names(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer[] {
  const look = { type: "text", fontSize: 13, fontWeight: 600, limit: 160 };
  const text = { ...look, ...mark };
  const told: Layer = { text: LABEL, ...encoding };
  const { color: _, ...colourless } = told;
  const halo = {
    ...text,
    color: "var(--paper)",
    stroke: "var(--paper)",
    strokeWidth: 4,
    strokeJoin: "round",
  };
  return [layer(values, halo, colourless), layer(values, text, told)];
}

// Rows of seeds with their mean

/** What one row of a chart measures: seeds as points, and their mean with its interval. */
export interface SeedRow {
  /** Stands above the row; rows of one label would fall together. */
  readonly label: string;
  /** A CSS colour, one an optimizer. */
  readonly color: string;
  /** With what a tooltip says of each value. */
  readonly seeds: readonly {
    readonly seed: string;
    readonly value: number;
    readonly text: string;
  }[];
  /** Null where too little is there for one; ends that are no finite numbers are not drawn. */
  readonly mean: (Interval & Told) | null;
  /** A value known beforehand, drawn as a hollow diamond. */
  readonly predicted?: Told;
}

interface Told {
  readonly value: number;
  readonly text: string;
}

/** What a row is drawn from. */
export interface SeedRowSource extends Pick<SeedRow, "label" | "color"> {
  readonly seeds: readonly {
    readonly seed: number;
    readonly value: number;
    /** More that its tooltip says. */
    readonly remark?: string;
  }[];
  readonly estimate: Estimate | null;
  /** From the estimate's numbers to the axis, and to words. */
  readonly place: (value: number) => number;
  readonly write: (value: number) => string;
}

/** An estimate as a row: its seeds, its mean and its 90% interval. */
export function seedRow(
  { label, color, seeds, estimate, place, write }: SeedRowSource,
): SeedRow {
  const told = (value: number) => ({ value: place(value), text: write(value) });
  return {
    label,
    color,
    seeds: seeds.map(({ seed, value, remark = "" }) => ({
      seed: String(seed),
      value: place(value),
      text: write(value) + remark,
    })),
    mean: estimate && {
      ...told(estimate.mean),
      low: place(estimate.interval90.low),
      high: place(estimate.interval90.high),
    },
  };
}

/** Height of a row in pixels. */
const SEED_ROW_PX = 68;

/** All that rows would draw on their horizontal axis. */
export function valuesOf(rows: readonly SeedRow[]): number[] {
  return rows.flatMap(({ seeds, mean, predicted }) => [
    ...[...seeds, ...compact([predicted, mean])].map(({ value }) => value),
    ...mean ? [mean.low, mean.high] : [],
  ]).filter(Number.isFinite);
}

/**
 * A chart of rows one below the other: the labels, the seeds, the interval and the mean.
 *
 * @param x Of field `value`.
 * @param ground What lies under the rows.
 */
export function seedChart(
  rows: readonly SeedRow[],
  x: Channel,
  ground: readonly Layer[] = [],
): TopLevelSpec {
  const labels = rows.map(({ label }) => label);
  const y = namedRows("row", labels);
  const color = byName("row", labels, rows.map(({ color }) => color));
  const tells = (titles: Readonly<Record<string, string>>) =>
    tooltip({ row: "compared", ...titles });
  const seedsOf = ({ label: row, seeds }: SeedRow) =>
    seeds.map(({ value, ...told }) => ({
      row,
      value: rounded(value),
      ...told,
    }));
  const averaged = rows.flatMap(({ label: row, seeds, mean }) =>
    mean ? [{ row, n: seeds.length, ...mean }] : []
  );
  const predicted = rows.flatMap(({ label: row, predicted }) =>
    predicted ? [{ row, ...predicted, value: rounded(predicted.value) }] : []
  );
  return chart({
    height: SEED_ROW_PX * rows.length,
    layer: [
      ...ground,
      // In the page's ink: a label is read, where a mark's colour tells whose it is.
      ...names(
        labels.map((row) => ({ row })),
        { x: { value: 0 }, y, text: { field: "row" } },
        {
          align: "left",
          dy: -20,
          limit: { expr: "width" },
          fontWeight: 400,
          color: "var(--ink)",
        },
      ),
      seeds(
        rows.flatMap(seedsOf),
        { x, y, color, tooltip: tells({ seed: "seed", text: "value" }) },
        { yOffset: 15 },
      ),
      bars(
        averaged.filter(({ low, high }) => Number.isFinite(high - low))
          .map(({ row, low, high }) => ({
            row,
            low: rounded(low),
            high: rounded(high),
          })),
        { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
        { strokeWidth: 3, strokeCap: "round" },
      ),
      means(
        averaged.map(({ row, n, value, text }) => ({
          row,
          value: rounded(value),
          mean: `of ${n}`,
          text,
        })),
        { x, y, color, tooltip: tells({ mean: "mean", text: "value" }) },
        { size: 110 },
      ),
      ...predicted.length === 0 ? [] : [hollow(predicted, "diamond", {
        x,
        y,
        tooltip: tells({ text: "predicted" }),
      }, { size: 120, fill: "var(--paper)", strokeWidth: 2 })],
    ],
  });
}

// Labels and keys

/**
 * Moves labels in a column apart where they would overlap, each as little as its neighbours allow.
 *
 * @param positions Where each label belongs, in pixels.
 * @param gap Least distance of two labels.
 * @returns Where to put them, in the order given.
 */
export function spreadLabels(
  positions: readonly number[],
  gap: number,
): number[] {
  const order = [...positions.keys()]
    .sort((a, b) => positions[a]! - positions[b]!);
  /** Labels that touch, centred on the mean of where they belong. */
  const clusters: number[][] = [];
  const top = (members: readonly number[]) =>
    mean(members.map((i) => positions[i]!)) - gap * members.length / 2;
  for (const index of order) {
    let cluster = [index];
    for (
      let above = clusters.at(-1);
      above && top(above) + gap * above.length > top(cluster);
      above = clusters.at(-1)
    ) cluster = [...clusters.pop()!, ...cluster];
    clusters.push(cluster);
  }
  const placed = [...positions];
  for (const cluster of clusters) {
    cluster.forEach((index, rank) =>
      placed[index] = top(cluster) + gap * (rank + 0.5)
    );
  }
  return placed;
}

/** A legend of a continuous colour scale, drawn with the chart's own marks. */
export interface ColourKey {
  readonly title: string;
  /** The scale's ends. */
  readonly low: number;
  readonly high: number;
  /** Whether the scale is logarithmic. */
  readonly log?: boolean;
  /** The two ends in words. */
  readonly lowText: string;
  readonly highText: string;
}

/** What a key takes on top of a plot, in pixels. */
export const KEY_PX = 50;

const KEY_BAR_PX = { width: 160, height: 10, top: 18, steps: 32 } as const;

/**
 * Layers of the key at the plot's upper left. Vega's own would paint with a gradient of the drawing's,
 * which browsers do not find where a page holds several drawings.
 */
export function colourKey(
  { title, low, high, log, lowText, highText }: ColourKey,
  color: Channel,
): Layer[] {
  const width = KEY_BAR_PX.width / KEY_BAR_PX.steps;
  const values = Array.from({ length: KEY_BAR_PX.steps }, (_, i) => {
    const part = (i + 0.5) / KEY_BAR_PX.steps;
    return {
      key: rounded(
        log ? low * (high / low) ** part : low + part * (high - low),
      ),
      from: i * width,
      to: (i + 1) * width + 0.5, // no hairline between two
    };
  });
  const text = (text: string, x: number, y: number, align: string) =>
    layer(
      [{}],
      { type: "text", text, align, fontSize: 12, color: "var(--muted)" },
      { x: { value: x }, y: { value: y } },
    );
  const { top, height } = KEY_BAR_PX;
  return [
    layer(values, { type: "rect" }, {
      x: pixels("from"),
      x2: { field: "to" },
      y: { value: top },
      y2: { value: top + height },
      color: { ...color, field: "key" },
    }),
    text(title, 0, 8, "left"),
    text(lowText, 0, top + 20, "left"),
    text(highText, KEY_BAR_PX.width, top + 20, "right"),
  ];
}

/**
 * The vocabulary of the figures: what stands on their axes (seeds, means, intervals, names, notes,
 * grounds), so that a figure's own file says what it draws and not how.
 */
import type { Interval } from "../../data/statistics/estimate.ts";
import { logTicks, rateTicks } from "./scales.ts";
import { RATE_LABELS, rounded } from "./theme.ts";

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

/** The logarithmic axis of a learning rate, in field `rate`. */
export function rateAxis(
  [low, high]: readonly [number, number],
  { title = "learning rate", field = "rate", exact = false, ...axis }: {
    readonly title?: string;
    readonly field?: string;
    /** Whether the ends stand in the chart with all their digits. */
    readonly exact?: boolean;
    /** More of Vega-Lite's axis, such as its grid. */
    readonly [axis: string]: unknown;
  } = {},
): Channel {
  const domain = exact ? [low, high] : [rounded(low), rounded(high)];
  return {
    field,
    type: "quantitative",
    title,
    scale: { type: "log", domain, nice: false },
    axis: {
      values: rateTicks(low, high),
      labelExpr: RATE_LABELS,
      ...axis,
    },
  };
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
  const domain = [low, high];
  return {
    field,
    type: "quantitative",
    title: null,
    scale: { type: "log", domain, nice: false, ...range && { range } },
    axis: { ...axis, values: logTicks(low, high, wanted), format: ".3~r" },
  };
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
  return [rounded(low / factor), rounded(high * factor)];
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
  const look = { fontSize, ...weight, color };
  const text = { field: "label" };
  return layer(values, { type: "text", ...place, ...look }, {
    ...encoding,
    text: encoding["text"] ?? text,
  });
}

/** A strip at the top of the plot, shaded, for what has no place on its vertical axis. */
export function strip(height: number): Layer {
  return layer([{}], { type: "rect", color: "var(--strip)" }, {
    x: { value: 0 },
    x2: { value: "width" },
    y: { value: 0 },
    y2: { value: height },
  });
}

/** Text that stays legible where it crosses a line: first its outline in the page's colour. */
export function names(
  values: readonly unknown[],
  encoding: Layer,
  mark: Layer = {},
): Layer[] {
  const text = {
    type: "text",
    fontSize: 13,
    fontWeight: 600,
    limit: 160,
    ...mark,
  };
  const { color: _, ...colourless } = encoding;
  const halo = {
    ...text,
    color: "var(--paper)",
    stroke: "var(--paper)",
    strokeWidth: 4,
    strokeJoin: "round",
  };
  return [layer(values, halo, colourless), layer(values, text, encoding)];
}

// Rows of seeds with their mean

/** What one row of a chart measures: seeds as points, and their mean with its interval. */
export interface SeedRow {
  /** Stands above the row; rows of one label would fall together. */
  readonly label: string;
  /** A CSS colour, one an optimizer. */
  readonly color: string;
  readonly seeds: readonly {
    readonly value: number;
    /** Of a tooltip: the seed, and the value in words. */
    readonly seed: string;
    readonly text: string;
  }[];
  /** Null where too little is there for one. */
  readonly mean: SeedMean | null;
  /** A value known beforehand, drawn as a hollow diamond. */
  readonly predicted?: { readonly value: number; readonly text: string };
}

export interface SeedMean {
  readonly value: number;
  /** Ends that are no finite numbers are not drawn. */
  readonly interval: Interval;
  readonly text: string;
}

/** Height of a row in pixels. */
export const SEED_ROW_PX = 68;

/** All that rows would draw on their horizontal axis. */
export function valuesOf(rows: readonly SeedRow[]): number[] {
  return rows.flatMap(({ seeds, mean, predicted }) => [
    ...seeds.map(({ value }) => value),
    ...predicted ? [predicted.value] : [],
    ...mean ? [mean.value, mean.interval.low, mean.interval.high] : [],
  ]).filter(Number.isFinite);
}

/** Rows one below the other: the labels, the seeds, the interval and the mean. `x` is of field `value`. */
export function seedRows(rows: readonly SeedRow[], x: Channel): Layer[] {
  const labels = rows.map(({ label }) => label);
  const y = namedRows("row", labels);
  const color = byName("row", labels, rows.map(({ color }) => color));
  const tells = (titles: Readonly<Record<string, string>>) =>
    tooltip({ row: "compared", ...titles });
  const predicted = rows.flatMap(({ label: row, predicted }) =>
    predicted
      ? [{ row, value: rounded(predicted.value), text: predicted.text }]
      : []
  );
  return [
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
      rows.flatMap(({ label: row, seeds }) =>
        seeds.map(({ value, ...rest }) => ({
          row,
          value: rounded(value),
          ...rest,
        }))
      ),
      { x, y, color, tooltip: tells({ seed: "seed", text: "value" }) },
      { yOffset: 15 },
    ),
    bars(
      rows.flatMap(({ label: row, mean }) => {
        const { low = NaN, high = NaN } = mean?.interval ?? {};
        return Number.isFinite(low) && Number.isFinite(high)
          ? [{ row, low: rounded(low), high: rounded(high) }]
          : [];
      }),
      { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
      { strokeWidth: 3, strokeCap: "round" },
    ),
    means(
      rows.flatMap(({ label: row, seeds: { length }, mean }) =>
        mean
          ? [{
            row,
            value: rounded(mean.value),
            mean: `of ${length}`,
            text: mean.text,
          }]
          : []
      ),
      { x, y, color, tooltip: tells({ mean: "mean", text: "value" }) },
      { size: 110 },
    ),
    ...predicted.length === 0 ? [] : [
      layer(predicted, {
        type: "point",
        shape: "diamond",
        size: 120,
        fill: "var(--paper)",
        stroke: "var(--ink)",
        strokeWidth: 2,
        opacity: 1,
      }, { x, y, tooltip: tells({ text: "predicted" }) }),
    ],
  ];
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
  const ordered = positions.map((position, index) => ({ position, index }))
    .sort((a, b) => a.position - b.position);
  const clusters: Cluster[] = [];
  for (const { position, index } of ordered) {
    let cluster: Cluster = { members: [index], centre: position };
    let above = clusters.at(-1);
    while (above && bottom(above, gap) > top(cluster, gap)) {
      cluster = merged(above, cluster);
      clusters.pop();
      above = clusters.at(-1);
    }
    clusters.push(cluster);
  }
  const placed = [...positions];
  for (const cluster of clusters) {
    cluster.members.forEach((index, rank) =>
      placed[index] = top(cluster, gap) + gap * (rank + 0.5)
    );
  }
  return placed;
}

/** Labels that touch, centred on the mean of where they belong. */
interface Cluster {
  readonly members: readonly number[];
  readonly centre: number;
}

function merged(above: Cluster, below: Cluster): Cluster {
  const members = [...above.members, ...below.members];
  const sum = above.centre * above.members.length +
    below.centre * below.members.length;
  return { members, centre: sum / members.length };
}

function top({ members, centre }: Cluster, gap: number): number {
  return centre - gap * members.length / 2;
}

function bottom({ members, centre }: Cluster, gap: number): number {
  return centre + gap * members.length / 2;
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
  const text = (label: string, x: number, y: number, align: string) =>
    layer([{}], {
      type: "text",
      text: label,
      align,
      fontSize: 12,
      color: "var(--muted)",
    }, { x: { value: x }, y: { value: y } });
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

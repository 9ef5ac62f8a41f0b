import type { TopLevelSpec } from "vega-lite";
import {
  type Band,
  type Estimate,
  estimate,
} from "../../data/statistics/estimate.ts";
import { STEPS_PER_CELL } from "../../data/statistics/optimum.ts";
import { LEARNING_RATE_CELL, valueAt } from "../../data/statistics/response.ts";
import { armLabel, seriesScales } from "../charts/arm_style.ts";
import { rateTicks, ratioScale } from "../charts/scales.ts";
import { chart, haloText, rateLabels, rounded } from "../charts/theme.ts";
import { formatRate, formatRatio } from "../numbers.ts";
import type { ExampleSeed } from "./method_example.ts";

/**
 * One seed's scores by learning rate with each optimizer, the curves fitted to those before a cliff,
 * and the rates that are taken for the best.
 */
export function seedOptima(seeds: readonly ExampleSeed[]): TopLevelSpec {
  const rates = seeds.flatMap(({ positions }) => positions.map(rateAt));
  const domain = [Math.min(...rates) / 1.4, Math.max(...rates) * 1.4] as const;
  const x = {
    field: "rate",
    type: "quantitative",
    title: "learning rate",
    scale: { type: "log", domain, nice: false },
    axis: { values: rateTicks(...domain), labelExpr: rateLabels },
  };
  const y = {
    field: "y",
    type: "quantitative",
    title: null,
    axis: { tickCount: 5 },
  };
  const { color, shape } = seriesScales(
    seeds.map(({ arm }) => ({ arm, weightDecay: 0, oneOfMany: false })),
  );
  return chart({
    layer: [
      {
        data: { values: seeds.flatMap(bestRow) },
        mark: { type: "rule", strokeDash: [4, 3] },
        encoding: { x, color },
      },
      {
        data: { values: seeds.flatMap(fitRows) },
        mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color },
      },
      ...[true, false].map((kept) =>
        pointLayer(seeds.flatMap((seed) => pointRows(seed, kept)), kept, {
          x,
          y,
          color,
          shape,
        })
      ),
      // One below the other: on a phone they would touch.
      ...seeds.flatMap((seed, i) =>
        haloText({ align: "left", dx: 7 }, {
          data: { values: bestRow(seed) },
          encoding: {
            x,
            y: { value: 44 + 24 * i },
            color,
            text: { field: "label" },
          },
        })
      ),
      ...haloText({ fontWeight: 400, dy: 20 }, {
        data: { values: seeds.flatMap(droppedRow) },
        encoding: { x, y, color, text: { field: "label" } },
      }),
    ],
  });
}

type Encodings = Readonly<Record<string, unknown>>;

/** Before the cliff in the arm's colour, beyond it hollow. */
function pointLayer(
  values: readonly unknown[],
  kept: boolean,
  encoding: Encodings,
): unknown {
  return {
    data: { values },
    mark: {
      type: "point",
      filled: kept,
      size: 70,
      opacity: 1,
      ...!kept && { fill: "var(--paper)" },
    },
    encoding: {
      ...encoding,
      tooltip: [
        { field: "series", type: "nominal", title: "optimizer" },
        { field: "rateText", type: "nominal", title: "learning rate" },
        { field: "y", type: "quantitative", title: "y", format: ".3f" },
      ],
    },
  };
}

function pointRows(
  { arm, positions, scores, optimum }: ExampleSeed,
  kept: boolean,
) {
  return positions.flatMap((position, i) =>
    (position <= optimum.to) === kept
      ? [{
        series: armLabel(arm),
        rate: rateAt(position),
        rateText: formatRate(rateAt(position)),
        y: rounded(scores[i]!),
      }]
      : []
  );
}

function fitRows({ arm, optimum: { from, fit } }: ExampleSeed) {
  return Array.from(fit, (y, step) => ({
    series: armLabel(arm),
    rate: rateAt(from + step / STEPS_PER_CELL),
    y: rounded(y),
  }));
}

function bestRow({ arm, optimum }: ExampleSeed) {
  const [series, rate] = [armLabel(arm), rateAt(optimum.position)];
  return [{ series, rate, label: `${series} ${formatRate(rate)}` }];
}

/** In the middle of the points that the cliff rule drops. */
function droppedRow(seed: ExampleSeed) {
  const dropped = pointRows(seed, false);
  const middle = dropped[Math.floor(dropped.length / 2)];
  return middle ? [{ ...middle, label: "dropped" }] : [];
}

function rateAt(position: number): number {
  return rounded(valueAt(position, LEARNING_RATE_CELL));
}

/** Best learning rates of two arms, as decimal logarithms; a seed has the same place in both. */
export interface SeedPairs {
  readonly arms: readonly [string, string];
  readonly values: readonly [readonly number[], readonly number[]];
}

const pairHeight = 22;

/** Each seed's two best learning rates, joined by a line as long as their ratio. */
export function seedPairs({ arms, values }: SeedPairs): TopLevelSpec {
  const [first, second] = values;
  const all = values.flat().map((value) => 10 ** value);
  const [low, high] = [Math.min(...all) / 2, Math.max(...all) * 2] as const;
  const x = {
    field: "rate",
    type: "quantitative",
    title: "best learning rate",
    scale: { type: "log", domain: [rounded(low), rounded(high)], nice: false },
    axis: { values: rateTicks(low, high), labelExpr: rateLabels },
  };
  const y = {
    field: "seed",
    type: "ordinal",
    title: "seed",
    axis: { domain: false, ticks: false },
  };
  const joined = first.map((value, i) => ({
    seed: i + 1,
    rate: rounded(10 ** value),
    to: rounded(10 ** second[i]!),
  }));
  return chart({
    height: pairHeight * first.length + pairHeight,
    layer: [
      {
        data: { values: joined },
        mark: { type: "rule", color: "var(--line)", strokeWidth: 2 },
        encoding: { x, x2: { field: "to" }, y },
      },
      pairPoints({ arms, values }, { x, y }),
      ...nameLayers({ arms, values }, x),
    ],
  });
}

type PairEncodings = Readonly<Record<string, unknown>>;

function pairPoints(
  { arms, values }: SeedPairs,
  encoding: PairEncodings,
): unknown {
  const [first, second] = values;
  const rows = arms.flatMap((arm, side) =>
    values[side]!.map((value, i) => ({
      series: armLabel(arm),
      seed: i + 1,
      rate: rounded(10 ** value),
      rateText: formatRate(10 ** value),
      ratio: formatRatio(10 ** (second[i]! - first[i]!)),
    }))
  );
  const { color, shape } = scales(arms);
  return {
    data: { values: rows },
    mark: { type: "point", filled: true, size: 90, opacity: 1 },
    encoding: {
      ...encoding,
      color,
      shape,
      tooltip: [
        { field: "seed", type: "nominal", title: "seed" },
        { field: "series", type: "nominal", title: "optimizer" },
        { field: "rateText", type: "nominal", title: "best learning rate" },
        { field: "ratio", type: "nominal", title: "ratio of this seed" },
      ],
    },
  };
}

/** The arms' names above their first points. */
function nameLayers({ arms, values }: SeedPairs, x: PairEncodings): unknown[] {
  const rows = arms.map((arm, side) => ({
    series: armLabel(arm),
    rate: rounded(10 ** values[side]![0]!),
  }));
  return haloText({ baseline: "bottom" }, {
    data: { values: rows },
    encoding: {
      x,
      y: { value: 0 },
      color: scales(arms).color,
      text: { field: "series" },
    },
  });
}

function scales(arms: readonly string[]) {
  return seriesScales(
    arms.map((arm) => ({ arm, weightDecay: 0, oneOfMany: false })),
  );
}

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

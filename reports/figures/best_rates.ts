import type { TopLevelSpec } from "vega-lite";
import { seriesLabel, seriesScales } from "../charts/arm_style.ts";
import { ARMS } from "../../data/runs/roles.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import {
  bars,
  type Channels,
  dots,
  type Layer,
  layer,
  namedRows,
  names,
  note,
  rateAxis,
  tooltip,
} from "../charts/marks.ts";
import { VALUE_SCALE } from "../charts/scales.ts";
import { chart, rounded } from "../charts/theme.ts";
import { compact } from "../html.ts";
import { formatRate, formatRatio } from "../numbers.ts";
import {
  bestRateOf,
  bestRateRatio,
  RULE_FACTOR,
  ruleRate,
  type Series,
} from "../workload.ts";
import { BEST_TOOLTIP } from "./loss_by_learning_rate.ts";

/** The best learning rates of one workload, as a row of the chart. */
export interface BestRates {
  /** What the row is called; rows of one name would fall together. */
  readonly workload: string;
  readonly series: readonly Series[];
}

const WORKLOAD_ROW_PX = 88;

/** Best rates nearer than this, in decades, have their names on both sides of them. */
const NEAR_NAMES_DECADES = 0.6;

/**
 * The best learning rate of each optimizer, a row for each workload, with the rate that the rule of
 * thumb names beside them. Null where there is no best rate at all.
 */
export function bestRates(
  workloads: readonly BestRates[],
): TopLevelSpec | null {
  const rows = workloads.flatMap(rateRows);
  if (rows.length === 0) return null;
  const named = workloads.flatMap(ruleRows);
  const labels = workloads.map(({ workload }) => workload);
  const rates = compact([
    ...rows.flatMap(({ rate, low, high }) => [rate, low, high]),
    ...named.map(({ rate }) => rate),
  ]);
  const [low, high] = [Math.min(...rates) / 2.5, Math.max(...rates) * 2.5];
  const { color, shape } = seriesScales(distinct(workloads));
  const x = rateAxis([low, high], {
    title: "best learning rate",
    exact: true,
    grid: true,
  });
  const y = namedRows("workload", labels);
  return chart({
    height: WORKLOAD_ROW_PX * labels.length,
    layer: [
      note(
        labels.map((workload) => ({ workload })),
        { x: { value: 0 }, y, text: { field: "workload" } },
        {
          align: "left",
          dy: -30,
          limit: 320, // what a phone shows
          fontSize: 13,
          color: "var(--ink)",
        },
      ),
      ...spanLayers(workloads, { x, y }),
      layer(named, {
        type: "point",
        filled: false,
        size: 300,
        shape: "circle",
        stroke: "var(--muted)",
        strokeDash: [3, 3],
        strokeWidth: 1.5,
      }, { x, y, tooltip: tooltip({ text: "rule of thumb" }) }),
      bars(
        rows.filter(({ low }) => low !== undefined),
        { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
        { strokeWidth: 5, opacity: 0.45 },
      ),
      dots(
        rows,
        { x, y, color, shape, tooltip: BEST_TOOLTIP.slice(0, 2) },
        { size: 150 },
      ),
      ...["left", "center", "right"].flatMap((align) =>
        names(
          rows.filter((row) => row.align === align),
          { x, y, color, text: { field: "series" } },
          { align, dy: 22 },
        )
      ),
    ],
  });
}

/** From the lowest best rate of a workload to its highest, with their ratio. */
function spanLayers(
  workloads: readonly BestRates[],
  { x, y }: Channels<"x" | "y">,
): Layer[] {
  const spans = workloads.flatMap(({ workload, series }) => {
    const rates = compact(series.map(bestRateOf));
    if (rates.length < 2) return [];
    const [from, to] = [Math.min(...rates), Math.max(...rates)];
    return [{ workload, from, to }];
  });
  const ratios = workloads.flatMap(({ workload, series }) => {
    const ratio = bestRateRatio(series);
    const found = series.find(({ arm }) => arm === ARMS.sing);
    const sing = found && bestRateOf(found);
    if (ratio === undefined || sing === undefined) return [];
    const middle = rounded(sing / Math.sqrt(ratio));
    return [{ workload, rate: middle, label: formatRatio(ratio) }];
  });
  return [
    bars(spans, { x: { ...x, field: "from" }, x2: { field: "to" }, y }, {
      color: "var(--line)",
      strokeWidth: 3,
    }),
    note(ratios, { x, y }, {
      dy: -13,
      fontSize: 15,
      fontWeight: 600,
      color: "var(--ink)",
    }),
  ];
}

function rateRows({ workload, series }: BestRates) {
  const rates = compact(series.map(bestRateOf));
  const leftmost = series.find((one) => bestRateOf(one) === Math.min(...rates));
  return series.flatMap((one) => {
    const rate = bestRateOf(one);
    return rate === undefined ? [] : [{
      workload,
      series: seriesLabel(one),
      rate: rounded(rate),
      ...one.optimum && one.optimum.n > 1 && {
        low: rounded(10 ** one.optimum.interval90.low),
        high: rounded(10 ** one.optimum.interval90.high),
      },
      rateText: rateWords(one),
      align: alignment(rates, one === leftmost),
    }];
  });
}

/** Which end of a name is at its mark, so that names of near or equal rates stay apart. */
function alignment(rates: readonly number[], isLeftmost: boolean): string {
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  if (rates.length === 1 || Math.log10(high / low) > NEAR_NAMES_DECADES) {
    return "center";
  }
  return isLeftmost ? "right" : "left";
}

function ruleRows({ workload, series }: BestRates) {
  const named = ruleRate(series);
  if (named === undefined || bestRateRatio(series) === undefined) return [];
  const rate = rounded(named);
  const text = `${RULE_FACTOR} × AdamW's best: ${formatRate(rate)}`;
  return [{ workload, rate, text }];
}

/** Every series once, so that one label has one colour in all rows. */
function distinct(workloads: readonly BestRates[]): Series[] {
  const all = workloads.flatMap(({ series }) => series);
  return [...new Map(all.map((one) => [seriesLabel(one), one])).values()];
}

/** A series' best rate with its interval, or as what it is. */
function rateWords(one: Series): string | undefined {
  const { optimum, best, edge } = one;
  if (optimum) {
    const rate = formatRate(10 ** optimum.mean);
    return optimum.n < 2
      ? rate
      : `${rate} (90% interval ${
        formatInterval(optimum.interval90, VALUE_SCALE)
      })`;
  }
  if (!best) return undefined;
  const end = edge ? `, the ${edge} tried` : "";
  return `${formatRate(best.learningRate)} (lowest point of the grid${end})`;
}

/** What the chart of best learning rates shows, in words and numbers. */
export function describeBestRates(workloads: readonly BestRates[]): string {
  return workloads.map(({ workload, series }) => {
    const bests = series.flatMap((one) => {
      const words = rateWords(one);
      return words ? [`${seriesLabel(one)} ${words}`] : [];
    });
    const ratio = bestRateRatio(series);
    const times = ratio === undefined
      ? ""
      : `, a ratio of ${formatRatio(ratio)}`;
    return `${workload}: ${bests.join(", ") || "no best rate yet"}${times}.`;
  }).join(" ");
}

import type { TopLevelSpec } from "vega-lite";
import { formatLoss, formatPercent, formatRate } from "../numbers.ts";
import type { RatePoint, Series } from "../series.ts";
import { seriesLabel, seriesScales } from "./series_scales.ts";
import { bestLayers, bestRows, nameRoom } from "./best_points.ts";
import { divergedStrip } from "./diverged_strip.ts";
import { listedLayer, listedRows } from "./listed_rates.ts";
import { meanLine } from "./mean_line.ts";
import { chart, plotHeight, rateLabels, rounded } from "./theme.ts";
import { logTicks, rateTicks } from "./ticks.ts";

/**
 * Final validation loss by learning rate: seeds as points, the mean as a line, each series' best
 * marked and labelled, and above them how many runs diverged where. Null where no run has a loss to
 * draw.
 *
 * @param listed Rates of SING that were run beside its grid; their means are hollow squares.
 */
export function lossByLearningRate(
  series: readonly Series[],
  listed: readonly RatePoint[] = [],
): TopLevelSpec | null {
  const seeds = series.flatMap(seedRows);
  if (seeds.length === 0) return null;
  const [lowest, high] = lossEnds(series, seeds.map(({ loss }) => loss));
  const beside = listedRows(listed, high);
  const best = bestRows(series);
  const rates = [
    ...series.flatMap((one) => one.rates.map((r) => r.learningRate)),
    ...beside.map(({ rate }) => rate),
  ];
  const [slowest, fastest] = [
    Math.min(...rates) / 1.4,
    Math.max(...rates) * 1.4,
  ];
  const { color, shape, strokeDash } = seriesScales(series);
  const x = {
    field: "rate",
    type: "quantitative",
    title: "learning rate",
    scale: { type: "log", domain: [slowest, fastest], nice: false },
    axis: { values: rateTicks(slowest, fastest), labelExpr: rateLabels },
  };
  const strip = divergedStrip(series, { x, color });
  const room = nameRoom(best) / (plotHeight - strip.height);
  const low = rounded(lowest * (lowest / high) ** (room / (1 - room)));
  const y = {
    field: "loss",
    type: "quantitative",
    title: null,
    scale: {
      type: "log",
      domain: [low, high],
      nice: false,
      range: [plotHeight, strip.height],
    },
    axis: { values: logTicks(low, high), format: ".3~r" },
  };
  return chart({
    layer: [
      ...strip.layers,
      {
        data: { values: series.flatMap((one) => meanRows(one, high)) },
        mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color, strokeDash },
      },
      {
        data: { values: seeds },
        mark: { type: "point", filled: true, size: 45, opacity: 0.55 },
        encoding: { x, y, color, shape, tooltip: seedTooltip },
      },
      ...listedLayer(beside, { x, y }),
      ...bestLayers(best, { x, y, color, shape }),
    ],
  });
}

const seedTooltip = [
  { field: "series", type: "nominal", title: "optimizer" },
  { field: "rateText", type: "nominal", title: "learning rate" },
  { field: "seed", type: "nominal", title: "seed" },
  { field: "lossText", type: "nominal", title: "validation loss" },
  { field: "accuracy", type: "nominal", title: "accuracy" },
];

function meanRows(series: Series, ceiling: number) {
  return meanLine(series, ceiling).map(({ rate, loss }) => ({
    series: seriesLabel(series),
    rate: rounded(rate),
    loss: rounded(loss),
  }));
}

function seedRows(series: Series) {
  return series.rates.flatMap(({ results }) =>
    results.flatMap(({ plan, state, loss, run }) => {
      if (state !== "finished" || loss === undefined) return [];
      const accuracy = run?.summary.finalAccuracy;
      return [{
        series: seriesLabel(series),
        rate: plan.learningRate,
        rateText: formatRate(plan.learningRate),
        seed: plan.seed,
        loss: rounded(loss),
        lossText: formatLoss(loss),
        accuracy: Number.isFinite(accuracy)
          ? formatPercent(accuracy!)
          : "not recorded",
      }];
    })
  );
}

/** The lowest loss of what finished, and a bit above the highest. */
function lossEnds(
  series: readonly Series[],
  seeds: readonly number[],
): [number, number] {
  const means = series.flatMap(({ rates }) =>
    rates.flatMap(({ loss, diverged }) => diverged === 0 ? loss ?? [] : [])
  );
  const low = Math.min(...seeds, ...means);
  const high = Math.max(...seeds, ...means);
  const span = Math.max(Math.log(high / low), 0.02);
  return [low, rounded(high * Math.exp(0.05 * span))];
}

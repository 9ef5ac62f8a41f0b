import type { TopLevelSpec } from "vega-lite";
import { stepsPerCell } from "../../data/statistics/gaussian_process.ts";
import { learningRateCell, valueAt } from "../../data/statistics/position.ts";
import type { ExampleSeed } from "../method_example.ts";
import { formatRate } from "../numbers.ts";
import { armLabel } from "./arm_style.ts";
import { seriesScales } from "./series_scales.ts";
import { chart, haloText, rateLabels, rounded } from "./theme.ts";
import { rateTicks } from "./ticks.ts";

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
    rate: rateAt(from + step / stepsPerCell),
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
  return rounded(valueAt(position, learningRateCell));
}

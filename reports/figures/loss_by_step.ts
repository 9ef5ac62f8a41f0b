import type { TopLevelSpec } from "vega-lite";
import type { Run } from "../../data/runs/record.ts";
import { mean } from "../../data/statistics/textbook.ts";
import { seriesLabel, seriesScales } from "../charts/arm_style.ts";
import {
  logAxis,
  logDomain,
  names,
  pixels,
  spreadLabels,
  stepAxis,
} from "../charts/marks.ts";
import { chart, PLOT_PX, rounded } from "../charts/theme.ts";
import { formatCount, formatLoss, formatRate } from "../numbers.ts";
import type { Series } from "../workload.ts";

/** Least distance of two labels at the ends of the lines, in pixels. */
const END_LABEL_GAP_PX = 18;

/**
 * Training loss by step: for each curve the mean over seeds as a line, and a band from the lowest to
 * the highest seed. Null where no curve has a point.
 */
export function lossByStep(curves: readonly Curve[]): TopLevelSpec | null {
  const drawn = curves.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return null;
  const [low, high] = logDomain(
    drawn.flatMap(({ points }) =>
      points.flatMap(({ low, high }) => [low, high])
    ),
    0.04,
    0.02,
  );
  const { color, strokeDash } = seriesScales(drawn);
  const x = stepAxis();
  const y = logAxis("mean", [low, high]);
  return chart({
    data: { values: drawn.flatMap(curveRows) },
    layer: [
      {
        transform: [{ filter: "datum.high > datum.low" }],
        mark: { type: "area", opacity: 0.2 },
        encoding: {
          x,
          y: { ...y, field: "low" },
          y2: { field: "high" },
          color,
        },
      },
      {
        mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color, strokeDash },
      },
      {
        mark: { type: "point", filled: true, size: 120, opacity: 0 },
        encoding: { x, y, color, tooltip: STEP_TOOLTIP },
      },
      ...endLabels(drawn, low, high).flatMap((row) =>
        names(
          [row],
          { x, y: pixels(), color, text: { field: "series" } },
          { align: "left", dx: 8 },
        )
      ),
    ],
  });
}

/** The same in words and numbers. */
export function describeLossByStep(curves: readonly Curve[]): string {
  return curves.map((curve) => {
    const label = `${seriesLabel(curve)} at ${formatRate(curve.learningRate)}`;
    const [first, last] = [curve.points[0], curve.points.at(-1)];
    if (!first || !last) return `${label}: no training loss recorded.`;
    const spread = curve.seeds > 1
      ? ` (${formatLoss(last.low)} to ${formatLoss(last.high)} over ${
        formatCount(curve.seeds, "seed")
      })`
      : " (1 seed, so no band)";
    const left = curve.notDrawn
      ? ` ${
        formatCount(curve.notDrawn, "loss", "losses")
      } were not finite and are not drawn.`
      : "";
    return `${label}: from ${formatLoss(first.mean)} at step ${first.step} to ${
      formatLoss(last.mean)
    } at step ${last.step}${spread}.${left}`;
  }).join(" ");
}

const STEP_TOOLTIP = [
  { field: "series", type: "nominal", title: "optimizer" },
  { field: "step", type: "quantitative", title: "step" },
  { field: "meanText", type: "nominal", title: "mean loss" },
  { field: "rangeText", type: "nominal", title: "over seeds" },
];

function curveRows(curve: Curve) {
  return curve.points.map(({ step, mean, low, high }) => ({
    series: seriesLabel(curve),
    step,
    mean: rounded(mean),
    low: rounded(low),
    high: rounded(high),
    meanText: formatLoss(mean),
    rangeText: `${formatLoss(low)} to ${formatLoss(high)}`,
  }));
}

/** One row for each curve's name, at the height of its last mean, moved where two would overlap. */
function endLabels(curves: readonly Curve[], low: number, high: number) {
  const ends = curves.flatMap((curve) => {
    const { step, mean } = curve.points.at(-1) ?? { step: 0, mean: low };
    const height = Math.log(high / mean) / Math.log(high / low);
    return [{ series: seriesLabel(curve), step, y: PLOT_PX * height }];
  });
  const placed = spreadLabels(ends.map(({ y }) => y), END_LABEL_GAP_PX);
  return ends.map((end, i) => ({ ...end, y: Math.round(placed[i] ?? end.y) }));
}

/** Training loss over the steps of one series at one learning rate. */
export interface Curve
  extends Pick<Series, "arm" | "weightDecay" | "oneOfMany"> {
  readonly learningRate: number;
  readonly seeds: number;
  /** In step order; only steps at which some seed has a finite loss. */
  readonly points: readonly CurvePoint[];
  /** Losses that were NaN or infinite and stand in no point. */
  readonly notDrawn: number;
}

export interface CurvePoint {
  readonly step: number;
  /** Arithmetic mean, lowest and highest loss over the seeds. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The curve of a series at its best learning rate, from that point's runs. */
export function curveOf(
  series: Series,
  learningRate: number,
  runs: readonly Run[],
): Curve {
  const rows = runs.flatMap(({ metrics }) =>
    metrics.filter((metric) => metric.kind === "train")
  );
  const drawn = rows.filter(({ loss }) => Number.isFinite(loss) && loss > 0);
  const steps = Map.groupBy(drawn, ({ step }) => step);
  const points = [...steps].sort(([a], [b]) => a - b).map(([step, atStep]) => {
    const losses = atStep.map(({ loss }) => loss);
    return {
      step,
      mean: mean(losses),
      low: Math.min(...losses),
      high: Math.max(...losses),
    };
  });
  const { arm, weightDecay, oneOfMany } = series;
  return {
    arm,
    weightDecay,
    oneOfMany,
    learningRate,
    seeds: runs.length,
    points,
    notDrawn: rows.length - drawn.length,
  };
}

import type { Run } from "../data/runs/schema.ts";
import { mean } from "../data/statistics/sample.ts";
import type { Series } from "./series.ts";

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

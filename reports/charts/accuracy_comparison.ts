import type { TopLevelSpec } from "vega-lite";
import type { AccuracyDifference } from "../final_scores.ts";
import { formatCount } from "../numbers.ts";
import { armStyles } from "./arm_style.ts";
import {
  type SeedRow,
  seedRowHeight,
  seedRowLayers,
  valuesOf,
} from "./seed_rows.ts";
import { chart, rounded } from "./theme.ts";

/** Differences of accuracy by seed, in percentage points. Null where no seed has both runs. */
export function accuracyComparison(
  differences: readonly AccuracyDifference[],
): TopLevelSpec | null {
  const rows = differences.filter(({ pairs }) => pairs.length > 0).map(seedRow);
  if (rows.length === 0) return null;
  const values = valuesOf(rows);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const air = 0.06 * Math.max(high - low, 0.1);
  const x = {
    field: "value",
    type: "quantitative",
    title: "percentage points of accuracy, right is better",
    scale: {
      domain: [rounded(low - air), rounded(high + air)],
      nice: false,
      zero: false,
    },
    axis: {
      grid: false,
      tickCount: 6,
      labelExpr: "datum.value == 0 ? '0' : format(datum.value, '+.2~f')",
    },
  };
  const zero = {
    data: { values: [{ value: 0 }] },
    mark: { type: "rule", color: "var(--line)", strokeWidth: 1.5 },
    encoding: { x },
  };
  return chart({
    height: seedRowHeight * rows.length,
    layer: [zero, ...seedRowLayers(rows, { x })],
  });
}

/** The same in words and numbers. */
export function describeAccuracyComparison(
  differences: readonly AccuracyDifference[],
): string {
  return differences.map(({ name, pairs, planned, estimate }) => {
    const title = name.slice(0, 1).toUpperCase() + name.slice(1);
    if (!estimate) {
      return `${title}: ${pairs.length} of ${planned} pairs have an accuracy; a mean waits for all.`;
    }
    const { mean, interval90: { low, high }, n } = estimate;
    const interval = n > 1
      ? `, 90% interval ${points(low)} to ${points(high)}`
      : ", which has no interval";
    return `${title}: ${
      points(mean)
    } percentage points of accuracy${interval}, ${formatCount(n, "seed")}.`;
  }).join(" ");
}

function seedRow(
  { name, arm, pairs, estimate }: AccuracyDifference,
): SeedRow {
  return {
    label: name,
    color: armStyles([arm]).get(arm)?.color ?? "var(--ink)",
    seeds: pairs.map(({ seed, value }) => ({
      value: 100 * value,
      seed: String(seed),
      text: points(value),
    })),
    mean: estimate && {
      value: 100 * estimate.mean,
      interval: {
        low: 100 * estimate.interval90.low,
        high: 100 * estimate.interval90.high,
      },
      text: points(estimate.mean),
    },
  };
}

function points(fraction: number): string {
  const text = Math.abs(100 * fraction).toFixed(2);
  if (Number(text) === 0) return "0";
  return `${fraction < 0 ? "−" : "+"}${text}`;
}

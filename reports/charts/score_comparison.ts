import type { TopLevelSpec } from "vega-lite";
import type { ScoreComparison } from "../comparisons.ts";
import { armStyles } from "./arm_style.ts";
import {
  type SeedRow,
  seedRowHeight,
  seedRowLayers,
  valuesOf,
} from "./seed_rows.ts";
import { chart, rounded } from "./theme.ts";
import { lossScale } from "./verdict_scale.ts";

/** The margin that counts, between the stricter and the looser one. */
const margins = [0.01, 0.02, 0.05];

/** What a margin's name takes in width, in pixels. */
const labelWidth = 32;

/**
 * Differences of scores by seed, a row a comparison, with the mean, its 90% interval and the
 * margins of "not worse". Null where no seed has both runs.
 */
export function scoreComparison(
  comparisons: readonly ScoreComparison[],
): TopLevelSpec | null {
  const rows = comparisons.filter(({ pairs }) => pairs.length > 0).map(seedRow);
  if (rows.length === 0) return null;
  const [low, high] = domainOf(valuesOf(rows));
  const height = seedRowHeight * rows.length;
  const x = {
    field: "value",
    type: "quantitative",
    title: "change of the loss, right is worse",
    scale: { domain: [low, high], nice: false, zero: false },
    axis: {
      grid: false,
      values: lossScale.ticks(low, high),
      labelExpr: lossScale.labels,
    },
  };
  return chart({
    height,
    layer: [
      ...marginLayers(x, [low, high]),
      ...seedRowLayers(rows, { x }),
    ],
  });
}

function seedRow(
  { name, candidate, pairs, estimate }: ScoreComparison,
): SeedRow {
  return {
    label: name,
    color: armStyles([candidate]).get(candidate)?.color ?? "var(--ink)",
    seeds: pairs.map(({ seed, difference, candidate, reference }) => ({
      value: difference,
      seed: String(seed),
      text: `${lossScale.format(difference)}${
        outcome(candidate.diverged, reference.diverged)
      }`,
    })),
    mean: estimate && {
      value: estimate.mean,
      interval: estimate.interval90,
      text: lossScale.format(estimate.mean),
    },
  };
}

function outcome(candidate: boolean, reference: boolean): string {
  if (candidate && reference) return ", both diverged";
  if (candidate) return ", the first diverged";
  return reference ? ", the second diverged" : "";
}

/** Holds the values, equality and the margin that counts, with some air. */
function domainOf(values: readonly number[]): [number, number] {
  const low = Math.min(0, ...values);
  const high = Math.max(0.024, ...values);
  const air = 0.06 * (high - low);
  return [rounded(low - air), rounded(high + air)];
}

function marginLayers(
  x: Readonly<Record<string, unknown>>,
  [low, high]: readonly [number, number],
): unknown[] {
  const lines = margins.filter((value) => value < high)
    .map((value) => ({ value, label: String(value) }));
  return [
    {
      data: { values: [{ value: 0 }] },
      mark: { type: "rule", color: "var(--line)", strokeWidth: 1.5 },
      encoding: { x },
    },
    {
      data: { values: lines },
      mark: { type: "rule", color: "var(--muted)", strokeDash: [3, 3] },
      encoding: { x },
    },
    {
      data: { values: lines },
      mark: {
        type: "text",
        color: "var(--muted)",
        fontSize: 12,
        dy: -10,
        // only where its neighbours leave room: that of 0.02 always has it
        opacity: {
          expr: `datum.value === 0.02 || width * abs(datum.value - 0.02) > ${
            rounded(labelWidth * (high - low))
          } ? 1 : 0`,
        },
      },
      encoding: { x, y: { value: 0 }, text: { field: "label" } },
    },
  ];
}

import type { TopLevelSpec } from "vega-lite";
import type { MeasuredRatio, NetworkRatios } from "../mechanism.ts";
import { shortModelName } from "../names.ts";
import { formatRatio } from "../numbers.ts";
import { armLabel, armStyles } from "./arm_style.ts";
import {
  type SeedRow,
  seedRowHeight,
  seedRowLayers,
  valuesOf,
} from "./seed_rows.ts";
import { chart, ratioLabels, rounded } from "./theme.ts";
import { logTicks } from "./ticks.ts";

/**
 * SING's best learning rate over AdamW's with SING's switches off in turn: measured by seed, and as
 * predicted. A row for each network and arm; null where nothing was measured.
 */
export function switchesOff(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const rows = networks.flatMap(({ model, ratios }) =>
    ratios.map((ratio) => seedRow(shortModelName(model), ratio))
  );
  if (rows.every(({ mean }) => mean === null)) return null;
  const values = [1, ...valuesOf(rows)];
  const [low, high] = [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  const x = {
    field: "value",
    type: "quantitative",
    title: "best learning rate, over AdamW's",
    scale: { type: "log", domain: [rounded(low), rounded(high)], nice: false },
    axis: { values: logTicks(low, high), labelExpr: ratioLabels, grid: true },
  };
  return chart({
    height: seedRowHeight * rows.length,
    layer: seedRowLayers(rows, { x }),
  });
}

function seedRow(
  network: string,
  { arm, predicted, measured, seeds }: MeasuredRatio,
): SeedRow {
  const found = measured.kind === "estimate" ? measured.estimate : null;
  return {
    label: `${network}: ${armLabel(arm)}`,
    color: armStyles([arm]).get(arm)?.color ?? "var(--ink)",
    seeds: found?.values.map((value, i) => ({
      value: 10 ** value,
      seed: String(seeds[i]),
      text: formatRatio(10 ** value),
    })) ?? [],
    mean: found && {
      value: 10 ** found.mean,
      interval: {
        low: 10 ** found.interval90.low,
        high: 10 ** found.interval90.high,
      },
      text: formatRatio(10 ** found.mean),
    },
    ...predicted !== null && {
      predicted: {
        value: predicted,
        text: formatRatio(predicted),
      },
    },
  };
}

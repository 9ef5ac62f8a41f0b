import { formatRate, formatRatio } from "../numbers.ts";
import { ratioOf } from "../ratio.ts";
import type { BestRates } from "./best_rates.ts";
import { seriesLabel } from "./series_scales.ts";

/** What the chart of best learning rates shows, in words and numbers. */
export function describeBestRates(workloads: readonly BestRates[]): string {
  return workloads.map(({ workload, series }) => {
    const bests = series.flatMap((one) => {
      if (!one.best) return [];
      const edge = one.edge ? ` (the ${one.edge} tried)` : "";
      return [
        `${seriesLabel(one)} ${formatRate(one.best.learningRate)}${edge}`,
      ];
    });
    const ratio = ratioOf(series);
    const times = ratio === undefined
      ? ""
      : `, a ratio of ${formatRatio(ratio)}`;
    return `${workload}: ${bests.join(", ") || "no best rate yet"}${times}.`;
  }).join(" ");
}

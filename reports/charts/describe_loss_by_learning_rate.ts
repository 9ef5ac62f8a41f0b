import { formatCount, formatList, formatLoss, formatRate } from "../numbers.ts";
import type { Series } from "../series.ts";
import { seriesLabel } from "./series_scales.ts";

/** What the chart of final loss by learning rate shows, in words and numbers. */
export function describeLossByLearningRate(series: readonly Series[]): string {
  return series.map((one) => {
    const label = seriesLabel(one);
    const tried = one.rates.map(({ learningRate }) => formatRate(learningRate));
    const range = [...new Set([tried.at(0), tried.at(-1)])].join(" to ");
    return `${label}, learning rates ${range}: ${bestInWords(one)}${
      divergedInWords(one)
    }.`;
  }).join(" ");
}

function bestInWords({ best, edge, rates }: Series): string {
  if (!best) {
    return rates.some(({ n }) => n > 0)
      ? "no rate at which a run learned"
      : "no run with a loss yet";
  }
  const end = edge ? `, which is the ${edge} rate tried` : "";
  return `lowest mean loss ${formatLoss(best.loss)} at ${
    formatRate(best.learningRate)
  } (${formatCount(best.n, "seed")})${end}`;
}

function divergedInWords({ rates }: Series): string {
  const diverged = rates.filter((rate) => rate.diverged > 0).map((rate) =>
    `${rate.diverged} of ${rate.n} at ${formatRate(rate.learningRate)}`
  );
  return diverged.length
    ? `; diverged runs: ${formatList(diverged)}`
    : "; no run diverged";
}

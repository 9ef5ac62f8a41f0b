import { formatLoss, formatRate } from "../numbers.ts";
import type { RatePoint } from "../series.ts";
import { rounded } from "./theme.ts";

type Encodings = Readonly<Record<string, unknown>>;

/** The listed rates whose mean lies in the plot: no divergence has lifted it off. */
export function listedRows(listed: readonly RatePoint[], ceiling: number) {
  return listed.flatMap(({ learningRate, loss, n }) =>
    loss === undefined || loss > ceiling ? [] : [{
      rate: learningRate,
      rateText: formatRate(learningRate),
      loss: rounded(loss),
      lossText: formatLoss(loss),
      n,
    }]
  );
}

/** Means as hollow squares, which no tuned point is. */
export function listedLayer(
  rows: ReturnType<typeof listedRows>,
  { x, y }: Encodings,
): unknown[] {
  return rows.length === 0 ? [] : [{
    data: { values: rows },
    mark: {
      type: "point",
      shape: "square",
      size: 90,
      strokeWidth: 1.5,
      opacity: 1,
      color: "var(--ink)",
    },
    encoding: {
      x,
      y,
      tooltip: [
        { field: "rateText", type: "nominal", title: "listed rate" },
        { field: "lossText", type: "nominal", title: "mean loss" },
        { field: "n", type: "nominal", title: "seeds" },
      ],
    },
  }];
}

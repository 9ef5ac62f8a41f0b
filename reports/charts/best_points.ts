import { formatLoss, formatRate } from "../numbers.ts";
import type { Series } from "../series.ts";
import { seriesLabel } from "./series_scales.ts";
import { haloText, rounded } from "./theme.ts";

/** Best rates nearer than this, in decades, have their names one below the other. */
const near = 0.9;

/** From a point to its name, and from one name to the next, in pixels. */
const first = 20;
const next = 18;

/** A series' best point with the place of its name. */
export interface BestRow {
  readonly series: string;
  readonly rate: number;
  readonly loss: number;
  readonly label: string;
  /** The highest loss in its neighbourhood: names stand below all points, so below its lowest. */
  readonly below: number;
  /** How many names stand above this one. */
  readonly level: number;
}

/** The best points there are; of neighbours the names are stacked below the lowest point. */
export function bestRows(series: readonly Series[]): BestRow[] {
  const rows = series.flatMap((one) =>
    one.best
      ? [{
        series: seriesLabel(one),
        rate: one.best.learningRate,
        loss: rounded(one.best.loss),
        label: `${seriesLabel(one)} ${formatRate(one.best.learningRate)}`,
      }]
      : []
  );
  return neighbourhoods(rows).flatMap((members) => {
    const below = Math.min(...members.map(({ loss }) => loss));
    return members.map((row, level) => ({ ...row, below, level }));
  });
}

/** Room that the names take below the lowest point, in pixels. */
export function nameRoom(rows: readonly BestRow[]): number {
  const levels = rows.map(({ level }) => level);
  return first + next * Math.max(0, ...levels) + 8;
}

type Encodings = Readonly<Record<"x" | "y" | "color" | "shape", unknown>>;

/** For data with `rateText` and `lossText`. */
export const bestTooltip = [
  { field: "series", type: "nominal", title: "optimizer" },
  { field: "rateText", type: "nominal", title: "best learning rate" },
  { field: "lossText", type: "nominal", title: "mean validation loss" },
];

/** The best points, large, and their names. */
export function bestLayers(
  rows: readonly BestRow[],
  { x, y, color, shape }: Encodings,
): unknown[] {
  const ring = {
    type: "point",
    filled: true,
    size: 150,
    opacity: 1,
    stroke: "var(--paper)",
    strokeWidth: 2,
  };
  return [
    {
      data: {
        values: rows.map(({ series, rate, loss }) => ({
          series,
          rate,
          loss,
          rateText: formatRate(rate),
          lossText: formatLoss(loss),
        })),
      },
      mark: ring,
      encoding: { x, y, color, shape, tooltip: bestTooltip },
    },
    ...rows.flatMap(({ series, rate, label, below, level }) =>
      haloText({ dy: first + next * level, limit: 270 }, {
        data: { values: [{ series, rate, loss: below, label }] },
        encoding: { x, y, color, text: { field: "label" } },
      })
    ),
  ];
}

/** Groups of points each of which is near another of its group, in the order of the rate. */
function neighbourhoods<Row extends { readonly rate: number }>(
  rows: readonly Row[],
): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows.toSorted((a, b) => a.rate - b.rate)) {
    const last = groups.at(-1)?.at(-1);
    if (last && Math.log10(row.rate / last.rate) < near) {
      groups.at(-1)!.push(row);
    } else groups.push([row]);
  }
  return groups;
}

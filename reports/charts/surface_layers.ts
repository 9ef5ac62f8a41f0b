import {
  learningRateCell,
  weightDecayCell,
} from "../../data/statistics/position.ts";
import { formatLoss, formatRate } from "../numbers.ts";
import type { Place, SurfacePoint } from "../surface.ts";
import type { Heights } from "./surface_axes.ts";
import { haloText, rounded } from "./theme.ts";

export type Encodings = Readonly<Record<"x" | "y" | "color", unknown>>;

function pointRow(point: SurfacePoint, height: Heights) {
  const { learningRate, weightDecay, loss, n, diverged, planned } = point;
  return {
    rate: rounded(learningRate),
    height: rounded(height(weightDecay)),
    loss: rounded(loss),
    rateText: formatRate(learningRate),
    decayText: formatRate(weightDecay),
    lossText: formatLoss(loss),
    seeds: `${n} of ${planned}${diverged > 0 ? `, ${diverged} diverged` : ""}`,
  };
}

const tooltip = [
  { field: "rateText", type: "nominal", title: "learning rate" },
  { field: "decayText", type: "nominal", title: "weight decay" },
  { field: "lossText", type: "nominal", title: "mean loss" },
  { field: "seeds", type: "nominal", title: "seeds" },
];

/** A rectangle for each point of the grid. */
export function cells(
  points: readonly SurfacePoint[],
  height: Heights,
  { x, y, color }: Encodings,
): unknown {
  const side = 10 ** (learningRateCell / 2);
  const values = points.map((point) => ({
    ...pointRow(point, height),
    left: rounded(point.learningRate / side),
    right: rounded(point.learningRate * side),
    low: rounded(height(point.weightDecay) - weightDecayCell / 2),
    high: rounded(height(point.weightDecay) + weightDecayCell / 2),
  }));
  return {
    data: { values },
    mark: { type: "rect", stroke: "var(--paper)", strokeWidth: 1 },
    encoding: {
      x: { ...x as Record<string, unknown>, field: "left" },
      x2: { field: "right" },
      y: { ...y as Record<string, unknown>, field: "low" },
      y2: { field: "high" },
      color,
      tooltip,
    },
  };
}

/** A cross where runs diverged, in white: the colours under it are dark in every mode. */
export function broken(
  points: readonly SurfacePoint[],
  height: Heights,
  { x, y }: Encodings,
): unknown {
  const values = points.filter(({ diverged }) => diverged > 0)
    .map((point) => pointRow(point, height));
  return {
    data: { values },
    mark: { type: "text", text: "×", color: "#ffffff", fontSize: 14 },
    encoding: { x, y, tooltip },
  };
}

/** Where two colours meet, ink with an outline of paper is seen on all of them. */
export function ridge(
  points: readonly SurfacePoint[],
  height: Heights,
  { x, y }: Encodings,
): unknown[] {
  const values = points.map((point) => pointRow(point, height));
  const decaying = points.filter(({ weightDecay }) => weightDecay > 0)
    .map((point) => pointRow(point, height));
  const line = (color: string, strokeWidth: number) => ({
    data: { values: decaying },
    mark: { type: "line", color, strokeWidth, strokeJoin: "round" },
    encoding: { x, y, order: { field: "height", type: "quantitative" } },
  });
  return [line("var(--paper)", 5), line("var(--ink)", 2), {
    data: { values },
    mark: {
      type: "point",
      filled: true,
      size: 40,
      opacity: 1,
      color: "var(--ink)",
      stroke: "var(--paper)",
      strokeWidth: 1.5,
    },
    encoding: { x, y, tooltip },
  }];
}

/** Points that were run beside the grid. */
export function listedPoints(
  points: readonly SurfacePoint[],
  height: Heights,
  { x, y, color }: Encodings,
): unknown {
  return {
    data: { values: points.map((point) => pointRow(point, height)) },
    mark: {
      type: "point",
      filled: true,
      shape: "circle",
      size: 130,
      opacity: 1,
      stroke: "var(--ink)",
      strokeWidth: 1.5,
    },
    encoding: { x, y, color, tooltip },
  };
}

/** Places of interest, named. */
export function marks(
  marked: readonly (Place & { readonly label: string })[],
  height: Heights,
  { x, y }: Encodings,
): unknown[] {
  return marked.flatMap(({ learningRate, weightDecay, label }) => {
    const own = label === "own best";
    const data = {
      values: [{
        rate: rounded(learningRate),
        height: rounded(height(weightDecay)),
        label,
        text: `${formatRate(learningRate)}, weight decay ${
          formatRate(weightDecay)
        }`,
      }],
    };
    return [
      {
        data,
        mark: {
          type: "point",
          shape: own ? "circle" : "diamond",
          filled: true,
          size: 200,
          opacity: 1,
          color: "var(--ink)",
          stroke: "var(--paper)",
          strokeWidth: 2.5,
        },
        encoding: {
          x,
          y,
          tooltip: [{ field: "text", type: "nominal", title: label }],
        },
      },
      ...haloText({ dy: own ? -17 : 18, color: "var(--ink)" }, {
        data,
        encoding: { x, y, text: { field: "label" } },
      }),
    ];
  });
}

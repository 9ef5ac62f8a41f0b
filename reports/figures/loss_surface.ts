import type { TopLevelSpec } from "vega-lite";
import { ARMS } from "../../data/runs/roles.ts";
import type { StudyTable } from "../../data/runs/study.ts";
import {
  LEARNING_RATE_CELL,
  WEIGHT_DECAY_CELL,
} from "../../data/statistics/response.ts";
import { armLabel } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { colourKey, keyHeight } from "../charts/labels.ts";
import { rateTicks } from "../charts/scales.ts";
import { chart, haloText, rateLabels, rounded } from "../charts/theme.ts";
import { compact, type Content } from "../html.ts";
import { formatCount, formatLoss, formatRate } from "../numbers.ts";
import { progressOf } from "../workload.ts";
import {
  lowestOf,
  type Place,
  placeByRule,
  type Surface,
  surfaceOf,
  type SurfacePoint,
} from "./surface.ts";

/** Losses above the lowest by this factor all have the last colour: they are no place to train at. */
const lastColour = 1.5;

/** The loss of the first colour and that of the last; from all surfaces that stand side by side. */
export interface LossRange {
  readonly low: number;
  readonly high: number;
}

/** The range of colours for these surfaces. */
export function lossRange(surfaces: readonly Surface[]): LossRange {
  const losses = surfaces.flatMap(({ points, listed }) =>
    [...points, ...listed].map(({ loss }) => loss)
  );
  const low = Math.min(...losses);
  const high = Math.max(...losses, 1.01 * low);
  return { low: rounded(low), high: rounded(Math.min(high, lastColour * low)) };
}

/** What is marked on a surface beside its own points. */
export interface SurfaceMarks {
  readonly colours: LossRange;
  /** Where the rule of thumb puts this arm; null where it puts it nowhere. */
  readonly byRule: Place | null;
}

/**
 * Mean loss over learning rate and weight decay as a heat map on logarithmic axes, weight decay 0 in
 * a row of its own; the best learning rate at each weight decay as a line.
 */
export function lossSurface(
  surface: Surface,
  { colours, byRule }: SurfaceMarks,
): TopLevelSpec {
  const marked = [
    ...surface.own ? [{ ...surface.own, label: "own best" }] : [],
    ...byRule ? [{ ...byRule, label: "by the rule" }] : [],
  ];
  const drawn = [...surface.points, ...surface.listed, ...marked];
  const height = heightsOf(drawn);
  const { x, y } = surfaceAxes(drawn, height);
  const color = {
    field: "loss",
    type: "quantitative",
    scale: {
      scheme: "viridis",
      reverse: true,
      domain: [colours.low, colours.high],
      clamp: true,
    },
    legend: null,
  };
  const encodings = { x, y, color };
  return chart({
    height: surfaceHeight,
    layer: [
      ...colourKey({
        title: "mean validation loss, nats",
        ...colours,
        lowText: formatLoss(colours.low),
        highText: `${formatLoss(colours.high)} or more`,
      }, color),
      cells(surface.points, height, encodings),
      broken(surface.points, height, encodings),
      ...ridge(surface.ridge, height, encodings),
      listedPoints(surface.listed, height, encodings),
      ...marks(marked, height, encodings),
    ],
  });
}

/** Height of the plot with its key, in pixels. */
export const surfaceHeight = 380;

/** From a weight decay to its height, in decades; 0 lies a decade below the smallest. */
export type Heights = (weightDecay: number) => number;

/** The heights of all that is drawn. */
export function heightsOf(drawn: readonly Place[]): Heights {
  const decades = drawn.flatMap(({ weightDecay }) =>
    weightDecay > 0 ? [Math.log10(weightDecay)] : []
  );
  const zero = Math.min(...decades) - 1;
  return (weightDecay) => weightDecay > 0 ? Math.log10(weightDecay) : zero;
}

/** Learning rate and weight decay, both logarithmic. */
export function surfaceAxes(drawn: readonly Place[], height: Heights) {
  const rates = drawn.map(({ learningRate }) => learningRate);
  const side = 10 ** (LEARNING_RATE_CELL / 2 + 0.05);
  const [slow, fast] = [Math.min(...rates) / side, Math.max(...rates) * side];
  const heights = drawn.map(({ weightDecay }) => height(weightDecay));
  const [bottom, top] = [Math.min(...heights), Math.max(...heights)];
  const zero = height(0);
  const first = Math.ceil(zero + 0.75);
  const decades = Array.from(
    { length: Math.max(0, Math.floor(top + 0.3) - first + 1) },
    (_, i) => first + i,
  );
  const edge = WEIGHT_DECAY_CELL / 2 + 0.05;
  return {
    x: {
      field: "rate",
      type: "quantitative",
      title: "learning rate",
      scale: {
        type: "log",
        domain: [rounded(slow), rounded(fast)],
        nice: false,
      },
      axis: { values: rateTicks(slow, fast), labelExpr: rateLabels },
    },
    y: {
      field: "height",
      type: "quantitative",
      title: null,
      scale: {
        domain: [rounded(bottom - edge), rounded(top + edge)],
        nice: false,
        zero: false,
        range: [surfaceHeight, keyHeight],
      },
      axis: {
        grid: false,
        values: bottom === zero ? [rounded(zero), ...decades] : decades,
        labelExpr: `datum.value < ${
          rounded(zero + 0.5)
        } ? '0' : replace(format(pow(10, datum.value), '.0e'), '+', '')`,
      },
    },
  };
}

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
  const side = 10 ** (LEARNING_RATE_CELL / 2);
  const values = points.map((point) => ({
    ...pointRow(point, height),
    left: rounded(point.learningRate / side),
    right: rounded(point.learningRate * side),
    low: rounded(height(point.weightDecay) - WEIGHT_DECAY_CELL / 2),
    high: rounded(height(point.weightDecay) + WEIGHT_DECAY_CELL / 2),
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

/** What a surface of losses shows, in words and numbers. */
export function describeLossSurface(
  surface: Surface,
  byRule: Place | null,
): string {
  const { arm, points, listed, own, missing } = surface;
  const [lowest] = lowestOf(points);
  const [best] = lowestOf(listed);
  return [
    lowest
      ? `${armLabel(arm)}: lowest mean loss ${formatLoss(lowest.loss)} at ${
        inWords(lowest)
      } (${formatCount(lowest.n, "seed")}).`
      : `${armLabel(arm)}: every run diverged.`,
    own
      ? `Its own best by the procedure: ${inWords(own)}.`
      : "Its own best by the procedure waits for the rest of its runs.",
    byRule ? `The rule names ${inWords(byRule)}.` : "",
    best
      ? `Best of the listed points: ${inWords(best)}, mean loss ${
        formatLoss(best.loss)
      }.`
      : "",
    missing > 0
      ? `${formatCount(missing, "point")} of the grid ${
        missing === 1 ? "has" : "have"
      } no loss yet.`
      : "",
  ].filter(Boolean).join(" ");
}

function inWords({ learningRate, weightDecay }: Place): string {
  return `learning rate ${formatRate(learningRate)} and weight decay ${
    formatRate(weightDecay)
  }`;
}

/** Loss by learning rate and weight decay, a figure an optimizer, in colours of one range. */
export async function surfaceSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const surfaces = [ARMS.sing, ARMS.adamw].map((arm) => ({
    arm,
    surface: surfaceOf(table, arm),
  }));
  const colours = lossRange(surfaces.flatMap(({ surface }) => surface ?? []));
  const adamw = surfaces.find(({ arm }) => arm === ARMS.adamw)?.surface?.own;
  const figures: Content[] = [];
  for (const { arm, surface } of surfaces) {
    const title = `Loss of ${armLabel(arm)} by learning rate and weight decay`;
    if (!surface) {
      const progress = progressOf(table, arm, ["decay tune"]);
      figures.push(absentFigure(title, `Nothing to draw yet: ${progress}.`));
      continue;
    }
    const byRule = arm === ARMS.sing && adamw ? placeByRule(adamw) : null;
    figures.push(
      await renderFigure({
        id: `${id}-surface-${arm}`,
        title,
        measure: "weight decay, 0 in a row of its own",
        reading: readingOf(surface, byRule),
        inNumbers: describeLossSurface(surface, byRule),
        spec: lossSurface(surface, { colours, byRule }),
      }),
    );
  }
  return figures;
}

/** What is drawn on a surface, and no more. */
function readingOf(
  { points, own, listed }: Surface,
  byRule: Place | null,
): string {
  return compact([
    "Each cell is the mean over seeds.",
    points.some(({ diverged }) => diverged > 0) &&
    "A cross marks runs that diverged.",
    "The line joins the best learning rates at each weight decay.",
    own && "The large circle is where tuning by the procedure ends.",
    byRule &&
    "The diamond is the point that the rule of thumb names: ten times AdamW's own learning rate and a tenth of its weight decay.",
    listed.length > 0 &&
    "Circles in colour are the points that SING's README lists.",
  ]).join(" ");
}

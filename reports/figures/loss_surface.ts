/** How an arm's loss depends on learning rate and weight decay together. */
import type { TopLevelSpec } from "vega-lite";
import { ARMS, type Stage } from "../../data/runs/roles.ts";
import { type StudyTable, trialsOf } from "../../data/runs/study.ts";
import type { Interval } from "../../data/statistics/estimate.ts";
import { locate } from "../../data/statistics/optimum.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  responseAtOwnDecay,
  weightDecayResponse,
} from "../../data/verdicts/responses.ts";
import {
  LEARNING_RATE_CELL,
  type Response,
  WEIGHT_DECAY_CELL,
} from "../../data/statistics/response.ts";
import { armLabel } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import {
  type Channels,
  colourKey,
  dots,
  KEY_PX,
  type Layer,
  layer,
  means,
  names,
  quantity,
  rateAxis,
  rounds,
  tooltip,
} from "../charts/marks.ts";
import { chart, rounded } from "../charts/theme.ts";
import { compact, type Content } from "../html.ts";
import { formatCount, formatLoss, formatRate } from "../numbers.ts";
import {
  type BestPoint,
  lowestPoint,
  progressOf,
  RULE_FACTOR,
  type Series,
  seriesOf,
} from "../workload.ts";

/** A point that was run, with a mean loss. */
export type SurfacePoint = BestPoint & { readonly weightDecay: number };

/** A place in the plane, run or not. */
export type SurfacePlace = Pick<SurfacePoint, "learningRate" | "weightDecay">;

export interface Surface {
  readonly arm: string;
  /** The joint grid, ascending in weight decay and then in learning rate. */
  readonly points: readonly SurfacePoint[];
  /** The README's points, run beside the grid. */
  readonly listed: readonly SurfacePoint[];
  /** At each weight decay the point of lowest loss; none where every run diverged. */
  readonly ridge: readonly SurfacePoint[];
  /** What tuning by the procedure comes to; null while a run is missing. */
  readonly own: SurfacePlace | null;
  /** Planned points that have no loss yet. */
  readonly missing: number;
}

/** Null where no weight decay beside 0 has a loss: there is a line then, and no surface. */
export function surfaceOf(table: StudyTable, arm: string): Surface | null {
  const grid = seriesAt(table, arm, ["tune", "decay tune"]);
  const points = pointsOf(grid);
  if (!points.some(({ weightDecay }) => weightDecay > 0)) return null;
  const [weightDecay, learningRate] = [
    bestOf(weightDecayResponse(table, arm)),
    bestOf(responseAtOwnDecay(table, arm)),
  ];
  return {
    arm,
    points,
    listed: pointsOf(seriesAt(table, arm, ["listed"])),
    ridge: grid.flatMap(({ best, weightDecay }) =>
      best ? [{ ...best, weightDecay }] : []
    ),
    own: weightDecay && learningRate ? { learningRate, weightDecay } : null,
    missing: grid.flatMap(({ rates }) => rates).length - points.length,
  };
}

/** Where the rule of thumb puts SING: ten times the learning rate, a tenth of the weight decay. */
export function placeByRule(
  { learningRate, weightDecay }: SurfacePlace,
): SurfacePlace {
  return {
    learningRate: RULE_FACTOR * learningRate,
    weightDecay: weightDecay / RULE_FACTOR,
  };
}

/** By weight decay. Stages share runs: one that plays two parts counts once. */
function seriesAt(
  table: StudyTable,
  arm: string,
  stages: readonly Stage[],
): Series[] {
  const trials = trialsOf(table, arm, stages)
    .filter(({ weightDecay }) => weightDecay >= 0);
  return seriesOf([...new Map(trials.map((it) => [it.runId, it])).values()]);
}

function pointsOf(series: readonly Series[]): SurfacePoint[] {
  return series.flatMap(({ weightDecay, rates }) =>
    rates.flatMap((rate) =>
      rate.loss === undefined ? [] : [{ ...rate, loss: rate.loss, weightDecay }]
    )
  );
}

function bestOf(response: Response | null): number | null {
  if (response === null) return null;
  const { values, diverged } = locate(response);
  return diverged || values.length === 0 ? null : 10 ** mean(values);
}

/** Losses above the lowest by this factor all have the last colour: they are no place to train at. */
const LAST_COLOUR_FACTOR = 1.5;

/** The losses of the first colour and of the last, for surfaces that stand side by side. */
export function lossRange(surfaces: readonly Surface[]): Interval {
  const losses = surfaces.flatMap(({ points, listed }) =>
    [...points, ...listed].map(({ loss }) => loss)
  );
  const low = Math.min(...losses);
  const high = Math.max(...losses, 1.01 * low);
  const [first, last] = rounds(low, Math.min(high, LAST_COLOUR_FACTOR * low));
  return { low: first, high: last };
}

/** What is marked on a surface beside its own points. */
export interface SurfaceMarks {
  readonly colours: Interval;
  /** Where the rule of thumb puts this arm; null where it puts it nowhere. */
  readonly byRule: SurfacePlace | null;
}

/**
 * Mean loss over learning rate and weight decay as a heat map on logarithmic axes, weight decay 0 in
 * a row of its own; the best learning rate at each weight decay as a line.
 */
export function lossSurface(
  surface: Surface,
  { colours, byRule }: SurfaceMarks,
): TopLevelSpec {
  const marked = compact([
    surface.own && { ...surface.own, label: "own best" },
    byRule && { ...byRule, label: "by the rule" },
  ]);
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
  const rowsOf = (points: readonly SurfacePoint[]) =>
    points.map((point) => pointRow(point, height));
  const told = { x, y, tooltip: SURFACE_TOOLTIP };
  // Ink with an outline of paper is seen where two colours meet, on all of them.
  const ridgeLine = (color: string, strokeWidth: number) =>
    layer(
      rowsOf(surface.ridge.filter(({ weightDecay }) => weightDecay > 0)),
      { type: "line", color, strokeWidth, strokeJoin: "round" },
      { x, y, order: { field: "height", type: "quantitative" } },
    );
  return chart({
    height: SURFACE_PX,
    layer: [
      ...colourKey({
        title: "mean validation loss, nats",
        ...colours,
        lowText: formatLoss(colours.low),
        highText: `${formatLoss(colours.high)} or more`,
      }, color),
      cells(surface.points, height, { x, y, color }),
      // In white: the colours under it are dark in every mode.
      layer(
        rowsOf(surface.points.filter(({ diverged }) => diverged > 0)),
        { type: "text", text: "×", color: "#ffffff", fontSize: 14 },
        told,
      ),
      ridgeLine("var(--paper)", 5),
      ridgeLine("var(--ink)", 2),
      means(rowsOf(surface.ridge), told, {
        size: 40,
        color: "var(--ink)",
        strokeWidth: 1.5,
      }),
      dots(rowsOf(surface.listed), { ...told, color }, {
        shape: "circle",
        size: 130,
        stroke: "var(--ink)",
        strokeWidth: 1.5,
      }),
      ...marks(marked, height, { x, y }),
    ],
  });
}

/** Height of the plot with its key, in pixels. */
const SURFACE_PX = 380;

/** From a weight decay to its height, in decades; 0 lies a decade below the smallest. */
type Heights = (weightDecay: number) => number;

/** The heights of all that is drawn. */
function heightsOf(drawn: readonly SurfacePlace[]): Heights {
  const decades = drawn.flatMap(({ weightDecay }) =>
    weightDecay > 0 ? [Math.log10(weightDecay)] : []
  );
  const zero = Math.min(...decades) - 1;
  return (weightDecay) => weightDecay > 0 ? Math.log10(weightDecay) : zero;
}

/** Learning rate and weight decay, both logarithmic. */
function surfaceAxes(drawn: readonly SurfacePlace[], height: Heights) {
  const rates = drawn.map(({ learningRate }) => learningRate);
  const side = 10 ** (LEARNING_RATE_CELL / 2 + 0.05);
  const heights = drawn.map(({ weightDecay }) => height(weightDecay));
  const [bottom, top] = [Math.min(...heights), Math.max(...heights)];
  const zero = height(0);
  const first = Math.ceil(zero + 0.75);
  const decades = Array.from(
    { length: Math.max(0, Math.floor(top + 0.3) - first + 1) },
    (_, i) => first + i,
  );
  const edge = WEIGHT_DECAY_CELL / 2 + 0.05;
  const isZero = `datum.value < ${rounded(zero + 0.5)}`;
  return {
    x: rateAxis([Math.min(...rates) / side, Math.max(...rates) * side]),
    y: quantity("height", null, rounds(bottom - edge, top + edge), {
      scale: { zero: false, range: [SURFACE_PX, KEY_PX] },
      grid: false,
      values: bottom === zero ? [rounded(zero), ...decades] : decades,
      labelExpr:
        `${isZero} ? '0' : replace(format(pow(10, datum.value), '.0e'), '+', '')`,
    }),
  };
}

function pointRow(point: SurfacePoint, height: Heights) {
  const { learningRate, weightDecay, loss, n, diverged, trials } = point;
  return {
    rate: rounded(learningRate),
    height: rounded(height(weightDecay)),
    loss: rounded(loss),
    rateText: formatRate(learningRate),
    decayText: formatRate(weightDecay),
    lossText: formatLoss(loss),
    seeds: `${n} of ${trials.length}${
      diverged > 0 ? `, ${diverged} diverged` : ""
    }`,
  };
}

const SURFACE_TOOLTIP = tooltip({
  rateText: "learning rate",
  decayText: "weight decay",
  lossText: "mean loss",
  seeds: "seeds",
});

/** A rectangle for each point of the grid. */
function cells(
  points: readonly SurfacePoint[],
  height: Heights,
  { x, y, color }: Channels<"x" | "y" | "color">,
): Layer {
  const side = 10 ** (LEARNING_RATE_CELL / 2);
  const rows = points.map((point) => ({
    ...pointRow(point, height),
    left: rounded(point.learningRate / side),
    right: rounded(point.learningRate * side),
    low: rounded(height(point.weightDecay) - WEIGHT_DECAY_CELL / 2),
    high: rounded(height(point.weightDecay) + WEIGHT_DECAY_CELL / 2),
  }));
  return layer(rows, { type: "rect", stroke: "var(--paper)", strokeWidth: 1 }, {
    x: { ...x, field: "left" },
    x2: { field: "right" },
    y: { ...y, field: "low" },
    y2: { field: "high" },
    color,
    tooltip: SURFACE_TOOLTIP,
  });
}

/** Places of interest, named. */
function marks(
  marked: readonly (SurfacePlace & { readonly label: string })[],
  height: Heights,
  { x, y }: Channels<"x" | "y">,
): Layer[] {
  // Names stand on the outer sides of two marks that may be near each other.
  const highest = Math.max(...marked.map((it) => it.weightDecay));
  const upper = marked.find((it) => it.weightDecay === highest);
  return marked.flatMap(({ learningRate, weightDecay, label }) => {
    const rows = [{
      rate: rounded(learningRate),
      height: rounded(height(weightDecay)),
      label,
      text: `${formatRate(learningRate)}, weight decay ${
        formatRate(weightDecay)
      }`,
    }];
    return [
      means(rows, { x, y, tooltip: tooltip({ text: label }) }, {
        shape: label === "own best" ? "circle" : "diamond",
        size: 200,
        color: "var(--ink)",
        strokeWidth: 2.5,
      }),
      ...names(rows, { x, y }, {
        dy: label === upper?.label ? -17 : 18,
        color: "var(--ink)",
      }),
    ];
  });
}

/** What a surface of losses shows, in words and numbers. */
export function describeLossSurface(
  surface: Surface,
  byRule: SurfacePlace | null,
): string {
  const { arm, points, listed, own, missing } = surface;
  const [lowest, best] = [lowestPoint(points), lowestPoint(listed)];
  return compact([
    lowest
      ? `${armLabel(arm)}: lowest mean loss ${formatLoss(lowest.loss)} at ${
        inWords(lowest)
      } (${formatCount(lowest.n, "seed")}).`
      : `${armLabel(arm)}: every run diverged.`,
    own
      ? `Its own best by the procedure: ${inWords(own)}.`
      : "Its own best by the procedure waits for the rest of its runs.",
    byRule && `The rule names ${inWords(byRule)}.`,
    best &&
    `Best of the listed points: ${inWords(best)}, mean loss ${
      formatLoss(best.loss)
    }.`,
    missing > 0 &&
    `${formatCount(missing, "point")} of the grid ${
      missing === 1 ? "has" : "have"
    } no loss yet.`,
  ]).join(" ");
}

function inWords({ learningRate, weightDecay }: SurfacePlace): string {
  return `learning rate ${formatRate(learningRate)} and weight decay ${
    formatRate(weightDecay)
  }`;
}

/** Loss by learning rate and weight decay, a figure an optimizer, in colours of one range. */
export async function surfaceSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const arms = [ARMS.sing, ARMS.adamw];
  const surfaces = arms.map((arm) => surfaceOf(table, arm));
  const colours = lossRange(compact(surfaces));
  const adamw = surfaces[1]?.own;
  return await Array.fromAsync(arms, (arm, i) => {
    const title = `Loss of ${armLabel(arm)} by learning rate and weight decay`;
    const surface = surfaces[i];
    if (!surface) {
      const progress = progressOf(table, arm, ["decay tune"]);
      return absentFigure(title, `Nothing to draw yet: ${progress}.`);
    }
    const byRule = arm === ARMS.sing && adamw ? placeByRule(adamw) : null;
    return renderFigure({
      id: `${id}-surface-${arm}`,
      title,
      measure: "weight decay, 0 in a row of its own",
      reading: readingOf(surface, byRule),
      inNumbers: describeLossSurface(surface, byRule),
      spec: lossSurface(surface, { colours, byRule }),
    });
  });
}

/** What is drawn on a surface, and no more. */
function readingOf(
  { points, own, listed }: Surface,
  byRule: SurfacePlace | null,
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

import type { TopLevelSpec } from "vega-lite";
import { trialLoss, trialState } from "../../data/runs/study.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { formatList } from "../../data/text.ts";
import { seriesLabel, seriesScales } from "../charts/arm_style.ts";
import {
  bars,
  type Channel,
  type Channels,
  dots,
  guide,
  hollow,
  type Layer,
  layer,
  line,
  logAxis,
  means,
  names,
  note,
  pixels,
  quantity,
  seeds,
  strip,
  tooltip,
} from "../charts/marks.ts";
import { rateTicks, VALUE_SCALE } from "../charts/scales.ts";
import { chart, PLOT_PX, RATE_LABELS, rounded } from "../charts/theme.ts";
import {
  formatCount,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import { compact } from "../html.ts";
import { type RatePoint, ruleRate, type Series } from "../workload.ts";

/**
 * Final validation loss by learning rate: seeds as points, the mean as a line, each series' best
 * marked and labelled, and above them how many runs diverged where. Null where no run has a loss to
 * draw.
 *
 * @param listed Rates of SING that were run beside its grid; their means are hollow squares.
 * @param axis Of weight decays, say, instead of learning rates.
 */
export function lossByLearningRate(
  series: readonly Series[],
  listed: readonly RatePoint[] = [],
  axis: ResponseAxis = { title: "learning rate", rule: ruleRate(series) },
): TopLevelSpec | null {
  const points = series.flatMap(seedRows);
  if (points.length === 0) return null;
  const [lowest, high] = lossEnds(series, points.map(({ loss }) => loss));
  const beside = listedRows(listed, high);
  const rates = [
    ...series.flatMap((one) => one.rates.map((r) => r.learningRate)),
    ...beside.map(({ rate }) => rate),
    ...compact([axis.rule]),
  ];
  const [slowest, fastest] = [
    Math.min(...rates) / 1.4,
    Math.max(...rates) * 1.4,
  ];
  const best = bestRows(series, Math.log10(fastest / slowest));
  const first = axis.none === undefined ? slowest : 2 * axis.none;
  const { color, shape, strokeDash } = seriesScales(series);
  const x = quantity("rate", axis.title, [slowest, fastest], {
    scale: { type: "log" },
    values: [...compact([axis.none]), ...rateTicks(first, fastest)],
    labelExpr: axis.none === undefined
      ? RATE_LABELS
      : `datum.value < ${rounded(first)} ? 'none' : ${RATE_LABELS}`,
  });
  const diverged = series.flatMap(divergedRows);
  const stripPx = diverged.length === 0
    ? 0
    : DIVERGED_ROW_PX * series.length + DIVERGED_MARGINS_PX;
  const optima = series.filter(({ optimum }) => (optimum?.n ?? 0) > 1);
  const top = stripPx +
    (optima.length > 0 || axis.rule ? OPTIMUM_PX * (optima.length + 1) + 6 : 0);
  // Names take room below the lowest point.
  const room = (NAME_OFFSET_PX + 8 +
    NAME_STEP_PX * Math.max(0, ...best.map(({ level }) => level))) /
    (PLOT_PX - top);
  const low = rounded(lowest * (lowest / high) ** (room / (1 - room)));
  const y = logAxis("loss", [low, high], { range: [PLOT_PX, top] });
  return chart({
    layer: [
      ...diverged.length === 0
        ? []
        : divergedStrip(stripPx, diverged, { x, color }),
      line(
        series.flatMap((one) => meanRows(one, high)),
        { x, y, color, strokeDash },
      ),
      seeds(points, { x, y, color, shape, tooltip: SEED_TOOLTIP }, {
        size: 45,
      }),
      ...beside.length === 0 ? [] : [
        // Means as hollow squares, which no tuned point is.
        hollow(beside, "square", { x, y, tooltip: LISTED_TOOLTIP }, {
          size: 90,
          strokeWidth: 1.5,
        }),
      ],
      ...axis.rule === undefined ? [] : ruleLayers(axis.rule, stripPx, x),
      ...optimumLayers(optima, stripPx + OPTIMUM_PX, { x, color, shape }),
      ...bestLayers(best, { x, y, color, shape }),
    ],
  });
}

/** What the chart's rates are, and what is marked on their axis. */
export interface ResponseAxis {
  readonly title: string;
  /** What the rule of thumb names. */
  readonly rule?: number | undefined;
  /** The place that stands for 0, lower than all others. */
  readonly none?: number;
}

/** Height of one series' best rate above the plot, in pixels. */
const OPTIMUM_PX = 16;

/** The best rate of each series above the plot: the seeds' optima, their mean and 90% interval. */
function optimumLayers(
  series: readonly Series[],
  top: number,
  { x, color, shape }: Channels<"x" | "color" | "shape">,
): Layer[] {
  const rate = (decades: number) => rounded(10 ** decades);
  const rows = series.map((one, place) => {
    const { mean, values, interval90: { low, high } } = one.optimum!;
    const at = {
      series: seriesLabel(one),
      y: top + OPTIMUM_PX * (place + 0.5),
    };
    return {
      seeds: values.map((value) => ({ ...at, rate: rate(value) })),
      optimum: {
        series: at.series,
        rate: rate(mean),
        low: rate(low),
        high: rate(high),
        rateText: formatRate(10 ** mean),
        intervalText: formatInterval({ low, high }, VALUE_SCALE),
        y: at.y,
      },
    };
  });
  const optima = rows.map(({ optimum }) => optimum);
  const y = pixels();
  return [
    bars(
      optima,
      { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
      { strokeWidth: 5, opacity: 0.45 },
    ),
    layer(
      rows.flatMap(({ seeds }) => seeds),
      { type: "tick", orient: "vertical", size: 10, thickness: 1 },
      { x, y, color },
    ),
    dots(optima, { x, y, color, shape, tooltip: OPTIMUM_TOOLTIP }),
  ];
}

const OPTIMUM_TOOLTIP = tooltip({
  series: "optimizer",
  rateText: "best learning rate",
  intervalText: "90% interval",
});

/** What the rule of thumb names, as a line through the plot. */
function ruleLayers(rate: number, top: number, x: Channel): Layer[] {
  const rows = [{ rate: rounded(rate), label: "10 × AdamW's best" }];
  return [
    guide(rows, { x, y: { value: top + 14 }, y2: { value: "height" } }, {
      color: "var(--muted)",
      strokeDash: [4, 3],
    }),
    note(rows, { x, y: { value: top + 6 } }),
  ];
}

const SEED_TOOLTIP = tooltip({
  series: "optimizer",
  rateText: "learning rate",
  seed: "seed",
  lossText: "validation loss",
  accuracy: "accuracy",
});

function seedRows(series: Series) {
  return series.rates.flatMap(({ trials }) =>
    trials.flatMap((trial) => {
      const loss = trialLoss(trial);
      if (trialState(trial) !== "finished" || loss === undefined) return [];
      const accuracy = trial.summary?.finalAccuracy;
      return [{
        series: seriesLabel(series),
        rate: trial.learningRate,
        rateText: formatRate(trial.learningRate),
        seed: trial.seed,
        loss: rounded(loss),
        lossText: formatLoss(loss),
        accuracy: Number.isFinite(accuracy)
          ? formatPercent(accuracy!)
          : "not recorded",
      }];
    })
  );
}

/** The lowest loss of what finished, and a bit above the highest. */
function lossEnds(
  series: readonly Series[],
  seeds: readonly number[],
): [number, number] {
  const means = series.flatMap(({ rates }) =>
    rates.flatMap(({ loss, diverged }) => diverged === 0 ? loss ?? [] : [])
  );
  const low = Math.min(...seeds, ...means);
  const high = Math.max(...seeds, ...means);
  const span = Math.max(Math.log(high / low), 0.02);
  return [low, rounded(high * Math.exp(0.05 * span))];
}

/** What a character of a name takes, and the plot of the narrower drawing, in pixels. */
const CHARACTER_PX = 9;
const NARROW_PLOT_PX = 290;

/** From a point to its name, and from one name to the next, in pixels. */
const NAME_OFFSET_PX = 20;
const NAME_STEP_PX = 18;

/** A series' best point with the place of its name. */
interface BestRow {
  readonly series: string;
  readonly rate: number;
  readonly loss: number;
  readonly label: string;
  /** How many names stand above this one; they stand below all points of its neighbourhood. */
  readonly level: number;
  readonly below: number;
}

/** The best points there are; names that would meet are stacked below the lowest of their points. */
function bestRows(series: readonly Series[], decades: number): BestRow[] {
  const rows = series.flatMap((one) => {
    if (!one.best) return [];
    const { learningRate: rate, loss } = one.best;
    const name = seriesLabel(one);
    const label = one.optimum ? name : `${name} ${formatRate(rate)}`;
    return [{ series: name, rate, loss: rounded(loss), label }];
  }).sort((a, b) => a.rate - b.rate);
  const groups: (typeof rows)[] = [];
  for (const row of rows) {
    const meets = (other: typeof row) =>
      Math.log10(row.rate / other.rate) * NARROW_PLOT_PX / decades <
        CHARACTER_PX * (row.label.length + other.label.length) / 2;
    if (groups.at(-1)?.some(meets)) groups.at(-1)!.push(row);
    else groups.push([row]);
  }
  return groups.flatMap((members) => {
    const below = Math.min(...members.map(({ loss }) => loss));
    return members.map((row, level) => ({ ...row, below, level }));
  });
}

/** How far a name is moved that would leave the plot, in Vega's words. */
function shiftInto(label: string): string {
  const half = CHARACTER_PX * label.length / 2;
  return `max(0, ${half} - scale('x', datum.rate)) + min(0, width - ${half} - scale('x', datum.rate))`;
}

/** For data with `rateText` and `lossText`. */
export const BEST_TOOLTIP = tooltip({
  series: "optimizer",
  rateText: "lowest point of the grid",
  lossText: "mean validation loss",
});

/** The best points, large, and their names. */
function bestLayers(
  rows: readonly BestRow[],
  { x, y, color, shape }: Channels<"x" | "y" | "color" | "shape">,
): Layer[] {
  return [
    means(
      rows.map(({ series, rate, loss }) => ({
        series,
        rate,
        loss,
        rateText: formatRate(rate),
        lossText: formatLoss(loss),
      })),
      { x, y, color, shape, tooltip: BEST_TOOLTIP },
      { size: 150 },
    ),
    ...rows.flatMap(({ series, rate, label, below, level }) =>
      names(
        [{ series, rate, loss: below, label }],
        { x, y, color },
        {
          dy: NAME_OFFSET_PX + NAME_STEP_PX * level,
          dx: { expr: shiftInto(label) },
          limit: 270,
        },
      )
    ),
  ];
}

/** Height of one series' row, and of the margins together, in pixels. */
const DIVERGED_ROW_PX = 16;
const DIVERGED_MARGINS_PX = 6;

function divergedRows(series: Series, place: number) {
  return series.rates.filter(({ diverged }) => diverged > 0)
    .map(({ learningRate, diverged, n }) => ({
      series: seriesLabel(series),
      rate: learningRate,
      label: String(diverged),
      text: `${diverged} of ${n} runs diverged`,
      y: DIVERGED_MARGINS_PX / 2 + DIVERGED_ROW_PX * (place + 0.5),
    }));
}

/** The strip on top that counts the runs that diverged, a row a series. */
function divergedStrip(
  height: number,
  rows: readonly unknown[],
  { x, color }: Channels<"x" | "color">,
): Layer[] {
  return [
    strip(height),
    layer(
      [{}],
      { type: "text", align: "right", dx: -8, color: "var(--muted)" },
      {
        x: { value: 0 },
        y: { value: height / 2 },
        text: { value: "diverged" },
      },
    ),
    layer(rows, { type: "text", fontSize: 12, fontWeight: 600 }, {
      x,
      y: pixels(),
      color,
      text: { field: "label" },
      tooltip: tooltip({ series: "optimizer", text: "outcome" }),
    }),
  ];
}

/**
 * The line of a series' mean losses below a ceiling. Where divergence lifts it off the plot, it ends
 * on the ceiling, so that nothing is drawn beyond.
 */
function meanRows(series: Series, ceiling: number) {
  const points = series.rates.flatMap(({ learningRate: rate, loss }) =>
    loss === undefined ? [] : [{ rate, loss }]
  );
  /** Where the straight line between two points of the log-log plot meets the ceiling. */
  const crossing = (from: typeof points[number], to: typeof points[number]) => {
    const way = Math.log(ceiling / from.loss) / Math.log(to.loss / from.loss);
    return { rate: from.rate * (to.rate / from.rate) ** way, loss: ceiling };
  };
  return points.flatMap((point, i) =>
    point.loss <= ceiling ? [point] : compact([points[i - 1], points[i + 1]])
      .filter(({ loss }) => loss < ceiling).map((it) => crossing(it, point))
  ).map(({ rate, loss }) => ({
    series: seriesLabel(series),
    rate: rounded(rate),
    loss: rounded(loss),
  }));
}

/** The listed rates whose mean lies in the plot: no divergence has lifted it off. */
function listedRows(listed: readonly RatePoint[], ceiling: number) {
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

const LISTED_TOOLTIP = tooltip({
  rateText: "listed rate",
  lossText: "mean loss",
  n: "seeds",
});

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

function bestInWords({ best, edge, rates, optimum }: Series): string {
  if (!best) {
    return rates.some(({ n }) => n > 0)
      ? "no rate at which a run learned"
      : "no run with a loss yet";
  }
  const interval = optimum && optimum.n > 1
    ? ` (90% interval ${formatInterval(optimum.interval90, VALUE_SCALE)})`
    : "";
  const found = optimum
    ? `best rate ${
      formatRate(10 ** optimum.mean)
    }${interval}, the mean of the seeds' own; `
    : "";
  return `${found}lowest mean loss ${formatLoss(best.loss)} at ${
    formatRate(best.learningRate)
  } (${formatCount(best.n, "seed")})${
    edge ? `, which is the ${edge} rate tried` : ""
  }`;
}

function divergedInWords({ rates }: Series): string {
  const diverged = rates.filter((rate) => rate.diverged > 0).map((rate) =>
    `${rate.diverged} of ${rate.n} at ${formatRate(rate.learningRate)}`
  );
  return diverged.length
    ? `; diverged runs: ${formatList(diverged)}`
    : "; no run diverged";
}

/** Where an arm's training breaks, above the learning rates at which it is best. */
import type { TopLevelSpec } from "vega-lite";
import { ARMS } from "../../data/runs/roles.ts";
import { type StudyTable, trialsOf } from "../../data/runs/study.ts";
import {
  type BrokenRate,
  edgesOf,
  isBroken,
  lowestMean,
  wilson,
} from "../../data/statistics/findings.ts";
import { LOOKS } from "../../data/statistics/looks.ts";
import { locate } from "../../data/statistics/optimum.ts";
import {
  type ArmScores,
  armScores,
  LEARNING_RATE_CELL,
  positionOf,
  valueAt,
} from "../../data/statistics/response.ts";
import { questionsOf } from "../../data/verdicts/claims.ts";
import { nightOf } from "../../data/verdicts/plans.ts";
import {
  learningRateResponse,
  withoutDecay,
} from "../../data/verdicts/responses.ts";
import { formatList } from "../../data/text.ts";
import { armColor, armLabel } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import {
  bars,
  byName,
  type Channel,
  guide,
  type Layer,
  layer,
  means,
  note,
  pixels,
  rateAxis,
  strip,
  tooltip,
} from "../charts/marks.ts";
import { chart, PLOT_PX, rounded } from "../charts/theme.ts";
import { compact, type Content } from "../html.ts";
import { stackDots } from "./verdict_picture.ts";
import {
  formatCount,
  formatPercent,
  formatRate,
  formatRatio,
} from "../numbers.ts";
import { geometricMean, progressOf } from "../workload.ts";

/** Height of the strip on top that shows each seed's best rate and its edge, in pixels. */
const STRIP_PX = 56;

/** Where the two rows of the strip lie. */
const STRIP_ROWS_PX = { best: 14, edge: 38 } as const;
type Sign = keyof typeof STRIP_ROWS_PX;

/**
 * The share of seeds that broke at each learning rate, with Wilson's 95% intervals; above it each
 * seed's best rate and the edge where it breaks.
 */
export function brokenRate(breaking: Breaking): TopLevelSpec {
  const rates = breaking.rates.map(({ learningRate }) => learningRate);
  const [low, high] = [Math.min(...rates) / 1.5, Math.max(...rates) * 1.5];
  const color = armColor(breaking.arm);
  const x = rateAxis([low, high]);
  const y = {
    field: "share",
    type: "quantitative",
    title: null,
    scale: { domain: [0, 1], range: [PLOT_PX, STRIP_PX + 14] },
    axis: { values: [0, 0.25, 0.5, 0.75, 1], format: ".0%" },
  };
  const shares = breaking.rates.map((
    { learningRate, broken, n, interval: { low, high } },
  ) => ({
    rate: rounded(learningRate),
    share: rounded(broken / n),
    low: rounded(low),
    high: rounded(high),
    rateText: formatRate(learningRate),
    brokenText: `${broken} of ${formatCount(n, "seed")}`,
    intervalText: `${formatPercent(low)} to ${formatPercent(high)}`,
  }));
  return chart({
    layer: [
      ...stripLayers(breaking, x, color),
      bars(
        shares,
        { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        { strokeWidth: 2, color },
      ),
      means(
        shares,
        { x, y, tooltip: SHARE_TOOLTIP },
        { size: 90, color, strokeWidth: 1.5 },
      ),
    ],
  });
}

const SHARE_TOOLTIP = tooltip({
  rateText: "learning rate",
  brokenText: "broken",
  intervalText: "95% interval",
});

function stripLayers(
  { best, edges, seeds, rates }: Breaking,
  x: Channel,
  color: string,
): Layer[] {
  const rowOf = (what: Sign, rate: number | null, i: number) =>
    rate === null ? [] : [{
      what,
      y: STRIP_ROWS_PX[what],
      rate: rounded(rate),
      seed: seeds[i],
      rateText: formatRate(rate),
    }];
  const broken = edges.flatMap((rate, i) => rowOf("edge", rate, i));
  // Edges of equal rates stand above one another.
  const levels = stackDots(broken.map(({ rate }) => Math.log10(rate)), STACK);
  const signs = [
    ...best.flatMap((rate, i) => rowOf("best", rate, i)),
    ...broken.map((row, i) => ({ ...row, y: row.y + 8 - 6 * levels[i]! })),
  ];
  const ends = [rates[0]!, rates.at(-1)!].map((rate) => rate.learningRate);
  const middle = geometricMean(ends);
  return [
    strip(STRIP_PX),
    ...meanLayers("best", best, { x, middle }),
    ...meanLayers("edge", compact(edges), { x, middle }),
    layer(
      signs,
      { type: "point", size: 55, strokeWidth: 1.5, opacity: 0.7 },
      {
        x,
        y: pixels(),
        shape: byName("what", ["best", "edge"], ["circle", "cross"]),
        color: { value: color },
        tooltip: tooltip({
          what: "of a seed",
          seed: "seed",
          rateText: "learning rate",
        }),
      },
    ),
  ];
}

/** In decades: two signs of one seed's rate each that lie nearer would touch. */
const STACK = { gap: 0.03, levels: 4 };

/** A line down the plot at the mean, named in the strip on the side that has more room. */
function meanLayers(
  what: Sign,
  rates: readonly number[],
  { x, middle }: { readonly x: Channel; readonly middle: number },
): Layer[] {
  if (rates.length === 0) return [];
  const mean = geometricMean(rates);
  const toLeft = mean > middle;
  const beside = toLeft ? Math.min(...rates) : Math.max(...rates);
  return [
    guide(
      [{ rate: rounded(mean) }],
      { x, y: { value: STRIP_PX }, y2: { value: PLOT_PX } },
      { color: "var(--muted)", strokeDash: [4, 3] },
    ),
    note(
      [{ rate: rounded(beside), label: `mean ${what} ${formatRate(mean)}` }],
      { x, y: { value: STRIP_ROWS_PX[what] } },
      {
        align: toLeft ? "right" : "left",
        dx: toLeft ? -10 : 10,
        color: "var(--ink)",
      },
    ),
  ];
}

export interface Breaking {
  readonly arm: string;
  /** Share of seeds that broke at each learning rate of the grid, ascending. */
  readonly rates: readonly (BrokenRate & { readonly learningRate: number })[];
  /** Each seed's best learning rate; none where every run diverged. */
  readonly best: readonly number[];
  /** The learning rate above which each of these seeds breaks; null where it never did. */
  readonly edges: readonly (number | null)[];
  readonly seeds: readonly number[];
}

/** Over the tuned grid and what was run above it; null while a run is missing. */
export function breakingOf(table: StudyTable, arm: string): Breaking | null {
  const climbed = climbedArm(table, arm);
  if (climbed === null) return null;
  const { cell, seeds } = climbed;
  const rate = (position: number) => valueAt(position, cell);
  const { values, diverged } = locate(climbed);
  const edges = diverged ? [] : edgesOf(climbed);
  const limit = lowestMean(climbed);
  const positions = new Set(seeds.flatMap(({ positions }) => positions));
  return {
    arm,
    rates: [...positions].sort((a, b) => a - b).map((position) => {
      const there = seeds.flatMap(({ positions, scores }, i) => {
        const at = positions.indexOf(position);
        if (at < 0) return [];
        // A rate too low to learn breaks nothing: only what lies above a seed's edge does.
        const isAbove = diverged || (edges[i] ?? Infinity) < position;
        return [isAbove && isBroken(scores[at]!, limit)];
      });
      const [n, broken] = [there.length, there.filter(Boolean).length];
      const interval = wilson(broken, n);
      return { position, n, broken, interval, learningRate: rate(position) };
    }),
    best: diverged ? [] : values.map((value) => 10 ** value),
    edges: edges.map((edge) => edge === null ? null : rate(edge)),
    seeds: seeds.map(({ seed }) => seed),
  };
}

/** With what was run above the grid; in a night each seed has points of its own. */
function climbedArm(table: StudyTable, arm: string): ArmScores | null {
  const stages = ["tune", "edge"] as const;
  const night = nightOf(table);
  if (!night) {
    const response = learningRateResponse(table, arm, stages);
    return response && armScores(response);
  }
  const question = questionsOf(table.study.experiment).find((it) =>
    it.kind === "edge" && it.arms[0] === arm
  );
  const taken = question ? night.answer(question).looks.length : 0;
  if (taken === 0) return null;
  const trials = withoutDecay(trialsOf(table, arm, stages));
  const bySeed = [...Map.groupBy(trials, ({ seed }) => seed)]
    .sort(([a], [b]) => a - b).slice(0, LOOKS.tune.seeds[taken - 1]);
  return {
    cell: LEARNING_RATE_CELL,
    seeds: bySeed.map(([seed, runs]) => {
      const points = new Map(
        runs.flatMap(({ learningRate, score }) =>
          score ? [[positionOf(learningRate, LEARNING_RATE_CELL), score]] : []
        ),
      );
      const positions = [...points.keys()].sort((a, b) => a - b);
      const scores = positions.map((at) => points.get(at)!);
      return { seed, positions, scores };
    }),
  };
}

/** What the chart of broken rates shows, in words and numbers, where a run has learned at all. */
export function describeBrokenRate(breaking: Breaking): string {
  const { arm, rates } = breaking;
  const broken = rates.filter((rate) => rate.broken > 0).map((rate) =>
    `${rate.broken} of ${rate.n} at ${formatRate(rate.learningRate)}`
  );
  const share = broken.length > 0
    ? `seeds that broke: ${formatList(broken)}`
    : "no seed broke at any rate tried";
  return `${armLabel(arm)}: ${share}. ${edgesInWords(breaking)}`;
}

function edgesInWords({ best, edges, rates }: Breaking): string {
  const found = compact(edges);
  const [mean, edge] = [best, found].map(geometricMean);
  const without = edges.length - found.length;
  const top = Math.max(...rates.map(({ learningRate }) => learningRate));
  const unbroken = without > 0
    ? ` ${formatCount(without, "seed")} never broke, up to ${formatRate(top)}.`
    : "";
  const seeds = formatCount(best.length, "seed");
  const middle = `The mean best learning rate of these ${seeds} is ${
    formatRate(mean!)
  }`;
  if (found.length === 0) return `${middle}.${unbroken}`;
  return without === 0
    ? `${middle}, the mean edge ${formatRate(edge!)}, ${
      formatRatio(edge! / mean!)
    } that.`
    : `${middle}, the mean edge of those that broke ${
      formatRate(edge!)
    }.${unbroken}`;
}

/** What breaking means where no run went so far as to diverge. */
function noneDiverged({ trials }: StudyTable): string {
  const scored = trials.flatMap(({ score }) => score ?? []);
  return scored.some(({ diverged }) => diverged)
    ? ""
    : ` None of the study's ${
      formatCount(scored.length, "run")
    } diverged: broken is half of the gain lost, and where runs diverge lies higher still.`;
}

/** Where SING breaks: how near below that its best learning rate lies (H3). */
export async function edgeSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const title = "Where SING breaks";
  const breaking = breakingOf(table, ARMS.sing);
  if (!breaking) {
    const progress = progressOf(table, ARMS.sing, ["tune", "edge"]);
    return absentFigure(title, `Not to be seen yet: ${progress}.`);
  }
  if (breaking.best.length === 0) {
    const why =
      "Every run diverged: there is no best rate for an edge to lie above.";
    return absentFigure(title, why);
  }
  return await renderFigure({
    id: `${id}-edge`,
    title,
    measure: "share of seeds that broke",
    reading:
      "A run is broken if it diverged, or gave back at least half of what the best rate gains over no training. Points are shares of seeds with Wilson's 95% interval. In the strip: each seed's best learning rate (circles) and the edge above which it breaks (crosses).",
    inNumbers: `${describeBrokenRate(breaking)}${noneDiverged(table)}`,
    spec: brokenRate(breaking),
  });
}

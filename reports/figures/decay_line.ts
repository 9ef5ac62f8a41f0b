/** A night's weight decays: loss over decay at each arm's own learning rate, and how much it stands. */
import { type StudyTable, trialsOf } from "../../data/runs/study.ts";
import { estimateAt, LAST_LOOK } from "../../data/statistics/looks.ts";
import type { Estimate } from "../../data/statistics/estimate.ts";
import { CEILING_ALLOWANCE } from "../../data/statistics/night.ts";
import type { Night } from "../../data/statistics/questions.ts";
import { WEIGHT_DECAY_CELL } from "../../data/statistics/response.ts";
import { optimumOf } from "../../data/statistics/findings.ts";
import { nightOf, questionsAsked } from "../../data/verdicts/plans.ts";
import { locatedDecay } from "../../data/verdicts/responses.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { armLabel } from "../charts/arm_style.ts";
import { renderFigure } from "../charts/figure.ts";
import { VALUE_SCALE } from "../charts/scales.ts";
import { compact, type Content } from "../html.ts";
import { formatCount, formatLoss, formatRate } from "../numbers.ts";
import {
  type BestPoint,
  type RatePoint,
  type Series,
  seriesOf,
} from "../workload.ts";
import { lossByLearningRate } from "./loss_by_learning_rate.ts";

/** No decay stands this far, as a factor, below the smallest one that was run. */
const BELOW = 10;

/** One arm's line, its points by weight decay in place of the learning rate. */
export interface DecaySeries {
  readonly series: Series;
  readonly learningRate: number;
  /** Best decay with its interval; absent where none is surely better than none. */
  readonly best?: Estimate;
}

/** The arms whose decay the study's night asks for, in the order of its legends. */
function decaySeries(table: StudyTable): DecaySeries[] {
  const night = nightOf(table);
  if (!night) return [];
  return table.study.arms.flatMap(({ name }) => {
    const trials = trialsOf(table, name, ["decay tune"]);
    const byDecay = seriesOf(trials).flatMap(({ weightDecay, rates }) =>
      rates.map((rate): RatePoint => ({ ...rate, learningRate: weightDecay }))
    ).sort((a, b) => a.learningRate - b.learningRate);
    if (byDecay.length < 2) return [];
    const [lowest] = byDecay.filter(({ loss }) => loss !== undefined)
      .toSorted((a, b) => a.loss! - b.loss!);
    const ceiling = ceilingOf(table, night, name);
    const found = locatedDecay(table, name);
    const best = found && optimumOf(found.arm, found.look, found.location);
    const series = {
      arm: name,
      weightDecay: 0,
      oneOfMany: false,
      rates: byDecay,
      ...ceiling && { optimum: ceiling },
      ...lowest && { best: lowest as BestPoint },
    };
    return [{
      series,
      learningRate: trials[0]!.learningRate,
      ...best?.kind === "estimate" && { best: best.estimate },
    }];
  });
}

/** log10 of the decay at which each seed loses 10%, at the last look that asked for it. */
function ceilingOf(
  table: StudyTable,
  night: Night,
  arm: string,
): Estimate | undefined {
  const looks = questionsAsked(table.study).filter((it) =>
    it.kind === "ceiling" && it.arms.includes(arm)
  ).map((it) => night.answer(it).looks.length);
  const number = Math.min(LAST_LOOK, Math.max(0, ...looks));
  const line = number > 0 ? night.decays(arm, number) : null;
  if (!line || line.ceilings.open !== "none") return undefined;
  return estimateAt({ kind: "tune", number }, line.ceilings.values, {
    allowance: CEILING_ALLOWANCE,
    floor: WEIGHT_DECAY_CELL / 4,
  });
}

/** Loss by weight decay, seed by seed, with the ceilings above; nothing without a night's lines. */
export async function decaySection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const lines = decaySeries(table);
  const decays = lines.flatMap(({ series }) =>
    series.rates.flatMap(({ learningRate }) => learningRate || [])
  );
  const none = Math.min(...decays) / BELOW;
  const drawn = lines.map(({ series }): Series => ({
    ...series,
    rates: series.rates.map((rate) => at(rate, none)),
    ...series.best && { best: at(series.best, none) as BestPoint },
  }));
  const spec = lossByLearningRate(drawn, [], { title: "weight decay", none });
  if (decays.length === 0 || !spec) return null;
  return await renderFigure({
    id: `${id}-decay`,
    title: "Final loss by weight decay",
    measure: "validation loss after the last step, nats, logarithmic",
    reading:
      "Each optimizer at its own best learning rate. Small points are seeds; the line is their geometric mean. Above the plot stands each optimizer's ceiling, the highest decay that costs less than 10% of the loss: the seeds' own as ticks, their mean and its 90% interval.",
    inNumbers: lines.map(describe).join(" "),
    spec,
  });
}

/** A point with its runs; without decay at the place that stands for none. */
function at(rate: RatePoint, none: number): RatePoint {
  const place = rate.learningRate || none;
  const trials = rate.trials.map((it) => ({ ...it, learningRate: place }));
  return { ...rate, learningRate: place, trials };
}

function describe({ series, learningRate, best }: DecaySeries): string {
  const { arm, rates, optimum: ceiling, best: lowest } = series;
  const none = rates.find((rate) => rate.learningRate === 0);
  const interval = ({ interval90 }: Estimate) =>
    `(90% interval ${formatInterval(interval90, VALUE_SCALE)})`;
  const words = compact([
    none?.loss !== undefined &&
    `loss ${formatLoss(none.loss)} without weight decay`,
    lowest &&
    `lowest mean loss ${formatLoss(lowest.loss)} at ${
      formatRate(lowest.learningRate)
    } (${formatCount(lowest.n, "seed")})`,
    best
      ? `best decay ${formatRate(10 ** best.mean)} ${interval(best)}`
      : "no best decay is to be told from none",
    ceiling
      ? `ceiling ${formatRate(10 ** ceiling.mean)} ${interval(ceiling)}`
      : "its ceiling lies beyond what was run",
  ]);
  return `${armLabel(arm)} at learning rate ${formatRate(learningRate)}: ${
    words.join("; ")
  }.`;
}

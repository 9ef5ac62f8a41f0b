import { ARMS, type Stage, SWITCHES, switchesArm } from "../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialLoss,
  trialsOf,
  trialState,
} from "../data/runs/study.ts";
import { optimumOf } from "../data/statistics/findings.ts";
import type { Estimate, Finding } from "../data/statistics/estimate.ts";
import { CLAIMS } from "../data/verdicts/claims.ts";
import { nightOf } from "../data/verdicts/plans.ts";
import { isQuick, quickRates } from "../data/verdicts/quick.ts";
import { bestDifference, locatedRate } from "../data/verdicts/responses.ts";
import { mean, standardDeviation } from "../data/statistics/textbook.ts";
import { rememberArms } from "./words.ts";

/** One experiment on one data set and model as its page shows it: what was asked, and what there is. */
export interface StudyRuns extends StudyTable {
  /** The stage whose runs are compared, or undefined while no run is done. */
  readonly stage: string | undefined;
  /** That stage's trials, by arm and weight decay. */
  readonly series: readonly Series[];
  /** log10 of SING's best learning rate - log10 of AdamW's, by seed; absent without both. */
  readonly ratio?: Estimate;
  /** Whether its seeds ended where looks decided: few are then enough. */
  readonly isNight: boolean;
}

/** What a page shows of a study beside its runs. */
export function studyRuns(joined: StudyTable): StudyRuns {
  const table = { ...joined }; // gains the rest, so that what is reckoned of it is remembered for both
  rememberArms(table.study.arms);
  const stage = comparedStage(table.trials);
  const compared = table.trials.filter((trial) => trial.stage === stage);
  const series = seriesOf(compared).map((one): Series => {
    const optimum = stage === "tune" && one.weightDecay === 0
      ? estimateOf(bestRate(table, one.arm))
      : undefined;
    return optimum ? { ...one, optimum } : one;
  });
  const ratio = estimateOf(rateRatio(table, ARMS.sing, ARMS.adamw));
  const isNight = nightOf(table) !== null;
  return Object.assign(table, {
    ...{ stage, series, isNight },
    ...ratio && { ratio },
  });
}

/** log10 of an arm's best learning rate, at the look that its seeds stopped at. */
function bestRate(table: StudyTable, arm: string): Finding {
  // Three seeds at five fixed rates have no interval of their own.
  const found = isQuick(table) ? null : locatedRate(table, arm);
  return found
    ? optimumOf(found.arm, found.look, found.location)
    : { kind: "missing" };
}

/** log10 of one arm's best learning rate over another's, by whatever plan. */
export function rateRatio(
  table: StudyTable,
  first: string,
  second: string,
): Finding {
  return isQuick(table)
    ? quickRates(table, first, second)
    : bestDifference(table, "rate", [first, second]);
}

function estimateOf(finding: Finding): Estimate | undefined {
  return finding.kind === "estimate" ? finding.estimate : undefined;
}

/** Every planned run once, in whatever studies and parts it stands. */
export function distinctRuns(workloads: readonly StudyRuns[]): Trial[] {
  const trials = workloads.flatMap(({ trials }) => trials);
  return [...new Map(trials.map((trial) => [trial.runId, trial])).values()];
}

/** What training took, summed over runs. */
export function secondsOf(trials: readonly Trial[]): number {
  return trials.reduce((sum, { summary }) => sum + (summary?.seconds ?? 0), 0);
}

/** Whether a run is there and took part, whatever came of it. */
export function isDoneTrial(trial: Trial): boolean {
  return ["finished", "diverged"].includes(trialState(trial));
}

/** The tune stage answers the question; until it has runs, the scout is all there is to see. */
function comparedStage(trials: readonly Trial[]): string | undefined {
  const stages = trials.filter(isDoneTrial).map(({ stage }) => stage);
  return ["tune", "scout"].find((stage) => stages.includes(stage)) ?? stages[0];
}

/** All runs of one arm at one learning rate. */
export interface RatePoint {
  readonly learningRate: number;
  readonly trials: readonly Trial[];
  /** Runs that count: finished or diverged, with a loss. */
  readonly n: number;
  readonly diverged: number;
  /** Geometric mean of the counted losses; absent for none. */
  readonly loss?: number;
  /** Standard deviation of their logarithms, over seeds; absent below two. */
  readonly spread?: number;
  /** Mean and standard deviation of the finished runs' accuracy. */
  readonly accuracy?: number;
  readonly accuracySpread?: number;
}

/** A learning rate that has a mean loss. */
export type BestPoint = RatePoint & { readonly loss: number };

/** One arm at one weight decay, over learning rates in ascending order. */
export interface Series {
  readonly arm: string;
  readonly weightDecay: number;
  /** Whether the arm was also run at other weight decays. */
  readonly oneOfMany: boolean;
  readonly rates: readonly RatePoint[];
  /**
   * The best learning rate: decimal logarithms of each seed's optimum with mean and intervals.
   * Absent without weight decays of 0, with one best at the end of the grid, or runs missing.
   */
  readonly optimum?: Estimate;
  /** The lowest point of the grid, by mean loss; absent where nothing counts or every run diverged. */
  readonly best?: BestPoint;
  /** Set where the best is the end of the rates tried: a better one may lie beyond. */
  readonly edge?: "lowest" | "highest";
}

/** Groups trials by arm and weight decay, arms in the order of their names. */
export function seriesOf(trials: readonly Trial[]): Series[] {
  const arms = Map.groupBy(trials, ({ arm }) => arm);
  return [...arms].sort(byKey).flatMap(([arm, ofArm]) => {
    const decays = Map.groupBy(ofArm, ({ weightDecay }) => weightDecay);
    return [...decays].sort(byKey).map(([weightDecay, ofDecay]): Series => {
      const rates = ratePoints(ofDecay);
      const best = lowestPoint(rates);
      const edge = best && gridEdge(rates, best);
      return {
        arm,
        weightDecay,
        oneOfMany: decays.size > 1,
        rates,
        ...best && { best },
        ...edge && { edge },
      };
    });
  });
}

function ratePoints(trials: readonly Trial[]): RatePoint[] {
  const rates = Map.groupBy(trials, ({ learningRate }) => learningRate);
  return [...rates].sort(byKey).map(([learningRate, atRate]) =>
    ratePoint(learningRate, atRate)
  );
}

function ratePoint(
  learningRate: number,
  trials: readonly Trial[],
): RatePoint {
  const logs = defined(trials.map(trialLoss)).map(Math.log);
  const states = trials.map(trialState);
  const accuracies = defined(
    trials.filter((_, i) => states[i] === "finished")
      .map(({ summary }) => summary?.finalAccuracy),
  ).filter(Number.isFinite);
  return {
    learningRate,
    trials,
    n: logs.length,
    diverged: states.filter((state) => state === "diverged").length,
    ...logs.length > 0 && { loss: Math.exp(mean(logs)) },
    ...logs.length > 1 && { spread: standardDeviation(logs) },
    ...accuracies.length > 0 && { accuracy: mean(accuracies) },
    ...accuracies.length > 1 &&
      { accuracySpread: standardDeviation(accuracies) },
  };
}

/** Of equal means the smaller rate; a rate where every run diverged is no optimum. */
export function lowestPoint<Point extends RatePoint>(
  rates: readonly Point[],
): Point & BestPoint | undefined {
  let best: Point & BestPoint | undefined;
  for (const rate of rates) {
    const { loss, diverged, n } = rate;
    if (loss === undefined || diverged === n) continue;
    if (loss < (best?.loss ?? Infinity)) best = { ...rate, loss };
  }
  return best;
}

function gridEdge(
  rates: readonly RatePoint[],
  best: RatePoint,
): "lowest" | "highest" | undefined {
  const tried = rates.filter(({ n }) => n > 0)
    .map(({ learningRate }) => learningRate);
  if (tried.length < 2) return undefined;
  if (best.learningRate === tried[0]) return "lowest";
  return best.learningRate === tried.at(-1) ? "highest" : undefined;
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function byKey<K extends string | number>(
  [a]: readonly [K, unknown],
  [b]: readonly [K, unknown],
): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** More series than these have no looks that a reader could tell apart. */
const MOST_SERIES = 6;

/** The ablation's arms that are optimizers of their own: SING, AdamW, and what resembles Ranger. */
export const NAMED_SWITCHES: ReadonlyMap<string, string> = new Map([
  [switchesArm(SWITCHES), "SING"],
  [switchesArm(SWITCHES.filter((name) => name !== "normalize")), "Ranger-like"],
  [switchesArm([]), "AdamW-like"],
]);

/** The series that charts of curves draw: all, or of too many those that have names. */
export function shownSeries(
  { series }: Pick<StudyRuns, "series">,
): readonly Series[] {
  if (series.length <= MOST_SERIES) return series;
  const named = series.filter(({ arm }) => NAMED_SWITCHES.has(arm));
  return named.length > 0 ? named : series.slice(0, MOST_SERIES);
}

/** What SING's README lists, run without weight decay by the seeds that tune. */
export function listedRates(
  { trials }: Pick<StudyRuns, "trials">,
): readonly RatePoint[] {
  const listed = trials.filter(({ stage, arm, weightDecay }) =>
    stage === "listed" && arm === ARMS.sing && weightDecay === 0
  );
  return seriesOf(listed)[0]?.rates ?? [];
}

/** A series' best learning rate: the mean of its seeds' optima; the grid's lowest point without. */
export function bestRateOf({ optimum, best }: Series): number | undefined {
  return optimum ? 10 ** optimum.mean : best?.learningRate;
}

/** SING's best learning rate over AdamW's; absent unless each has one series, read in the same way. */
export function bestRateRatio(series: readonly Series[]): number | undefined {
  const [sing, adamw] = [ARMS.sing, ARMS.adamw].map((arm) => {
    const found = series.filter((one) => one.arm === arm);
    return found.length === 1 ? found[0] : undefined;
  });
  if (!sing || !adamw || !sing.optimum !== !adamw.optimum) return undefined;
  const [rate, against] = [bestRateOf(sing), bestRateOf(adamw)];
  return rate !== undefined && against ? rate / against : undefined;
}

/** The optimizers of which a claim says that their best rate is ten times AdamW's. */
const TENFOLD = CLAIMS.filter(({ value, parts: [{ kind }] }) =>
  value === 1 && kind === "rate"
).map(({ parts: [{ arms: [arm] }] }) => arm);

/** What the rule of thumb names: ten times AdamW's best; absent without that one or whom it is for. */
export function ruleRate(series: readonly Series[]): number | undefined {
  if (!series.some(({ arm }) => TENFOLD.includes(arm))) return undefined;
  const found = series.filter(({ arm }) => arm === ARMS.adamw);
  const rate = found.length === 1 ? bestRateOf(found[0]!) : undefined;
  return rate === undefined ? undefined : RULE_FACTOR * rate;
}

/** "Usually, the best learning rate for SING is 10 times the best learning rate for AdamW." */
export const RULE_FACTOR = 10;

/** The mean on a logarithmic axis, of at least one number above 0. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** What keeps the runs of an arm from an answer, in words: `37 of 90 tune runs are there`. */
export function progressOf(
  table: StudyTable,
  arm: string,
  stages: readonly Stage[],
): string {
  const trials = trialsOf(table, arm, stages);
  const what = stages.join(" and ");
  if (table.data.length > 1) {
    return `the runs are of ${table.data.length} data sets`;
  }
  if (trials.length === 0) return `no ${what} run is planned yet`;
  const scored = trials.filter(({ fate }) => fate === "scored").length;
  if (scored === trials.length) return "the grid is still to be extended";
  return `${scored} of ${trials.length} ${what} runs ${
    scored === 1 ? "has" : "have"
  } a loss`;
}

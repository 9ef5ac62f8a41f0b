import type { Study, StudyCase } from "../data/runs/record.ts";
import { arms, type Stage, switches, switchesArm } from "../data/runs/roles.ts";
import type { RunOutline } from "../data/runs/store.ts";
import { type StudyTable, studyTable, trialsOf } from "../data/runs/study.ts";
import { score } from "../data/statistics/response.ts";
import { mean, standardDeviation } from "../data/statistics/textbook.ts";

/** What became of one planned run. */
export interface Result {
  readonly plan: StudyCase;
  readonly state: "finished" | "diverged" | "failed" | "missing";
  /** Absent where the run is missing. */
  readonly run?: RunOutline;
  /** Final validation loss as it is counted, in nats: see {@link score}. Absent where there is none. */
  readonly loss?: number;
}

/** One experiment on one data set and model: what was asked, and what there is. */
export interface Workload {
  readonly study: Study;
  readonly results: readonly Result[];
  /** The stage whose runs are compared, or undefined while no run is done. */
  readonly stage: string | undefined;
  /** That stage's results, by arm and weight decay. */
  readonly series: readonly Series[];
}

/** Joins a study with the runs there are. */
export function workloadOf(
  study: Study,
  runs: ReadonlyMap<string, RunOutline>,
): Workload {
  const results = study.cases.map((plan) => resultOf(plan, runs));
  const stage = comparedStage(results);
  const compared = results.filter(({ plan }) => plan.stage === stage);
  return { study, results, stage, series: summarize(compared) };
}

/** Whether a run is there and took part, whatever came of it. */
export function isDone({ state }: Result): boolean {
  return state === "finished" || state === "diverged";
}

function resultOf(
  plan: StudyCase,
  runs: ReadonlyMap<string, RunOutline>,
): Result {
  const run = runs.get(plan.runId);
  if (!run) return { plan, state: "missing" };
  const { state } = run.summary;
  const scored = state === "failed" ? null : score(run.summary);
  return {
    plan,
    run,
    state: scored?.diverged ? "diverged" : state,
    ...scored && { loss: Math.exp(scored.y) },
  };
}

/** The tune stage answers the question; until it has runs, the scout is all there is to see. */
function comparedStage(results: readonly Result[]): string | undefined {
  const stages = results.filter(isDone).map(({ plan }) => plan.stage);
  return ["tune", "scout"].find((stage) => stages.includes(stage)) ?? stages[0];
}

/** All runs of one arm at one learning rate. */
export interface RatePoint {
  readonly learningRate: number;
  readonly results: readonly Result[];
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
  /** Where the mean loss is lowest; absent where nothing counts or every run diverged. */
  readonly best?: BestPoint;
  /** Set where the best is the end of the rates tried: a better one may lie beyond. */
  readonly edge?: "lowest" | "highest";
}

/** Groups results by arm and weight decay, arms in the order of their names. */
export function summarize(results: readonly Result[]): Series[] {
  const arms = Map.groupBy(results, ({ plan }) => plan.arm);
  return [...arms].sort(byKey).flatMap(([arm, ofArm]) => {
    const decays = Map.groupBy(ofArm, ({ plan }) => plan.weightDecay);
    return [...decays].sort(byKey).map(([weightDecay, ofDecay]): Series => {
      const rates = ratePoints(ofDecay);
      const best = lowest(rates);
      const edge = best && edgeOf(rates, best);
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

function ratePoints(results: readonly Result[]): RatePoint[] {
  const rates = Map.groupBy(results, ({ plan }) => plan.learningRate);
  return [...rates].sort(byKey).map(([learningRate, atRate]) =>
    ratePoint(learningRate, atRate)
  );
}

function ratePoint(
  learningRate: number,
  results: readonly Result[],
): RatePoint {
  const logs = defined(results.map(({ loss }) => loss)).map(Math.log);
  const accuracies = defined(
    results.filter(({ state }) => state === "finished")
      .map(({ run }) => run?.summary.finalAccuracy),
  ).filter(Number.isFinite);
  return {
    learningRate,
    results,
    n: logs.length,
    diverged: results.filter(({ state }) => state === "diverged").length,
    ...logs.length > 0 && { loss: Math.exp(mean(logs)) },
    ...logs.length > 1 && { spread: standardDeviation(logs) },
    ...accuracies.length > 0 && { accuracy: mean(accuracies) },
    ...accuracies.length > 1 &&
      { accuracySpread: standardDeviation(accuracies) },
  };
}

/** Of equal means the smaller rate; a rate where every run diverged is no optimum. */
function lowest(rates: readonly RatePoint[]): BestPoint | undefined {
  let best: BestPoint | undefined;
  for (const rate of rates) {
    const { loss, diverged, n } = rate;
    if (loss === undefined || diverged === n) continue;
    if (loss < (best?.loss ?? Infinity)) best = { ...rate, loss };
  }
  return best;
}

function edgeOf(
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
const most = 6;

/** The ablation's arms that are optimizers of their own: SING, AdamW, and what resembles Ranger. */
export const namedSwitches: ReadonlyMap<string, string> = new Map([
  [switchesArm(switches), "SING"],
  [switchesArm(switches.filter((name) => name !== "normalize")), "Ranger-like"],
  [switchesArm([]), "AdamW-like"],
]);

/** The series that charts of curves draw: all, or of too many those that have names. */
export function shownSeries(
  { series }: Pick<Workload, "series">,
): readonly Series[] {
  if (series.length <= most) return series;
  const named = series.filter(({ arm }) => namedSwitches.has(arm));
  return named.length > 0 ? named : series.slice(0, most);
}

/** What SING's README lists, run without weight decay by the seeds that tune. */
export function listedRates(
  { results }: Pick<Workload, "results">,
): readonly RatePoint[] {
  const listed = results.filter(({ plan }) =>
    plan.stage === "listed" && plan.arm === arms.sing && plan.weightDecay === 0
  );
  return summarize(listed)[0]?.rates ?? [];
}

/** SING's best learning rate over AdamW's; absent unless each has one best and one weight decay. */
export function ratioOf(series: readonly Series[]): number | undefined {
  const of = (arm: string) => {
    const found = series.filter((one) => one.arm === arm);
    return found.length === 1 ? found[0]?.best?.learningRate : undefined;
  };
  const [sing, adamw] = [of("sing"), of("adamw")];
  return sing !== undefined && adamw ? sing / adamw : undefined;
}

/** The mean on a logarithmic axis, of at least one number above 0. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** A workload's runs as the verdicts take them. */

/** The study's runs with their scores, joined by the rules of the verdicts. */
export function tableOf(
  { study, results }: Pick<Workload, "study" | "results">,
): StudyTable {
  const outlines = new Map(results.map(({ plan, run }) => [plan.runId, run]));
  return studyTable(study, {
    studies: [study],
    outline: (id) => outlines.get(id),
    metrics: () => [],
  });
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

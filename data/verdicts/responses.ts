/** How an arm of a study responds to its learning rate or weight decay, as the statistics take it. */
import type { Metric } from "../runs/record.ts";
import type { Stage } from "../runs/roles.ts";
import type { RunOutline } from "../runs/store.ts";
import {
  seedsOf,
  type StudyTable,
  type Trial,
  trialsOf,
} from "../runs/study.ts";
import { type Alarm, alarm, type WatchedStep } from "../statistics/alarm.ts";
import { type Comparison, notWorse } from "../statistics/findings.ts";
import { locate, overLearningRates } from "../statistics/optimum.ts";
import {
  extension,
  learningRateCell,
  maxExtensions,
  positionOf,
  type Response,
  type Score,
  tabulate,
  weightDecayCell,
  withoutZero,
} from "../statistics/response.ts";
import { mean } from "../statistics/textbook.ts";

/** Stages that stand on a finished grid. */
const after: Readonly<Record<"tune" | "decay tune", readonly string[]>> = {
  "tune": ["edge", "decay scout", "decay tune", "report", "final"],
  "decay tune": ["report", "final"],
};

/** Points of a grid before it is extended, and how many an extension adds. */
const startingPoints = 9;
const addedPoints = 2;

/**
 * Without weight decay, over the learning rates of these stages; null if a run is missing or the
 * grid is still to be extended.
 */
export function learningRateResponse(
  table: StudyTable | undefined,
  arm: string,
  stages: readonly Stage[] = ["tune"],
): Response | null {
  if (isGrowing(table, arm, "tune")) return null;
  return overRates(withoutDecay(trialsOf(table, arm, stages)));
}

/**
 * Over the weight decays, each at the best of the learning rates run there; null if a run is
 * missing or the grid is still to be extended.
 */
export function weightDecayResponse(
  table: StudyTable | undefined,
  arm: string,
): Response | null {
  return isGrowing(table, arm, "decay tune") ? null : overDecays(table, arm);
}

/**
 * Over the learning rates run at the weight decay nearest the arm's mean best one (of two as near
 * the smaller); null as {@link weightDecayResponse} is.
 */
export function responseAtOwnDecay(
  table: StudyTable | undefined,
  arm: string,
): Response | null {
  const decays = weightDecayResponse(table, arm);
  if (decays === null) return null;
  const best = mean(locate(decays).values) / decays.cell;
  const [own] = withoutZero(decays).positions.toSorted((a, b) =>
    Math.abs(a - best) - Math.abs(b - best)
  );
  return overRates(
    trialsOf(table, arm, ["decay tune"]).filter(({ weightDecay }) =>
      weightDecay > 0 && positionOf(weightDecay, weightDecayCell) === own
    ),
  );
}

/**
 * Whether the procedure would yet add points to the arm's grid. It has done with it where the study
 * has gone on to a later stage; without a scout the grid was asked for as it is.
 */
export function isGrowing(
  table: StudyTable | undefined,
  arm: string,
  stage: "tune" | "decay tune",
): boolean {
  const stages = new Set(table?.trials.map((trial) => trial.stage));
  const scout = stage === "tune" ? "scout" : "decay scout";
  if (!stages.has(scout) || after[stage].some((it) => stages.has(it))) {
    return false;
  }
  const response = stage === "tune"
    ? overRates(withoutDecay(trialsOf(table, arm, ["tune"])))
    : overDecays(table, arm);
  if (response === null) return false;
  const { length } = withoutZero(response).positions;
  return length < startingPoints + maxExtensions * addedPoints &&
    extension([response]) !== null;
}

/** What tunes a learning rate: a study of another weight decay answers another question. */
export function withoutDecay(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ weightDecay }) => weightDecay === 0);
}

function overRates(trials: readonly Trial[]): Response | null {
  const outcomes = trials.map(({ learningRate, seed, score }) => ({
    position: positionOf(learningRate, learningRateCell),
    seed,
    score,
  }));
  return tabulate(outcomes, learningRateCell);
}

function overDecays(
  table: StudyTable | undefined,
  arm: string,
): Response | null {
  const trials = trialsOf(table, arm, ["decay tune"])
    .filter(({ weightDecay }) => weightDecay >= 0);
  const byDecay = Map.groupBy(trials, ({ weightDecay }) => weightDecay);
  const slices = [...byDecay].map(([weightDecay, slice]) => ({
    position: positionOf(weightDecay, weightDecayCell),
    response: overRates(slice),
  }));
  return overLearningRates(slices, weightDecayCell);
}

/** Whether one arm's report runs are worse than another's, seed by seed. */
export function compareReports(
  table: StudyTable | undefined,
  { candidate, reference }: { candidate: string; reference: string },
): Comparison {
  const arms = [candidate, reference].map((arm) =>
    trialsOf(table, arm, ["report"])
  );
  const seeds = seedsOf(arms.flat());
  const [ofCandidate, ofReference] = arms.map((trials) =>
    scoresOf(trials, seeds)
  );
  return notWorse(ofCandidate!, ofReference!);
}

/** In the order of the seeds; null where a run is missing. */
function scoresOf(
  trials: readonly Trial[],
  seeds: readonly number[],
): (Score | null)[] {
  const bySeed = new Map(trials.map(({ seed, score }) => [seed, score]));
  return seeds.map((seed) => bySeed.get(seed) ?? null);
}

/** H6's alarm in a run that recorded gradient norms. */

/** The alarm with its trends; null where the run did not record what is watched. */
export function alarmOfRun(
  { header: { config }, summary: { steps } }: RunOutline,
  metrics: readonly Metric[],
): Alarm | null {
  const warmup = Math.round(config.warmup * steps); // as the schedule counts it
  return alarm(watchedSteps(metrics), { warmup, steps });
}

/** The loss of each step, and the joint L2 norm of the gradients of LayerNorm and LayerScale. */
export function watchedSteps(metrics: readonly Metric[]): WatchedStep[] {
  const rows = metrics.find(({ kind }) => kind === "parameters");
  if (rows?.kind !== "parameters") return [];
  const { parameters } = rows;
  return metrics.flatMap((metric) => {
    if (metric.kind !== "gradients") return [];
    const { step, loss, norms } = metric;
    if (norms.length !== parameters.length) return [];
    const watched = norms.filter((_, i) => parameters[i]!.rescales);
    return [{ step, loss, norm: Math.hypot(...watched) }];
  });
}

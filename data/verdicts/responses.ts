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
import type { Finding, Look } from "../statistics/estimate.ts";
import {
  type MarginVerdicts,
  notWorse,
  optimaDifference,
} from "../statistics/findings.ts";
import {
  locate,
  type Location,
  overLearningRates,
} from "../statistics/optimum.ts";
import type { Question } from "../statistics/questions.ts";
import {
  type ArmScores,
  extension,
  LEARNING_RATE_CELL,
  MAX_EXTENSIONS,
  positionOf,
  type Response,
  tabulate,
  WEIGHT_DECAY_CELL,
  withoutZero,
} from "../statistics/response.ts";
import { mean } from "../statistics/textbook.ts";
import { questionsOf } from "./claims.ts";
import { nightOf } from "./plans.ts";

/** Stages that stand on a finished grid. */
const AFTER: Readonly<Record<"tune" | "decay tune", readonly string[]>> = {
  "tune": ["edge", "decay scout", "decay tune", "report", "final"],
  "decay tune": ["report", "final"],
};

/** Points of a grid before it is extended, and how many an extension adds. */
const STARTING_POINTS = 9;
const ADDED_POINTS = 2;

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
  return responseOverRates(withoutDecay(trialsOf(table, arm, stages)));
}

/**
 * Over the weight decays, each at the best of the learning rates run there; null if a run is
 * missing or the grid is still to be extended.
 */
export function weightDecayResponse(
  table: StudyTable | undefined,
  arm: string,
): Response | null {
  return isGrowing(table, arm, "decay tune") ? null : decaysOf(table, arm);
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
  return responseOverRates(
    trialsOf(table, arm, ["decay tune"]).filter(({ weightDecay }) =>
      weightDecay > 0 && positionOf(weightDecay, WEIGHT_DECAY_CELL) === own
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
  if (!stages.has(scout) || AFTER[stage].some((it) => stages.has(it))) {
    return false;
  }
  const response = stage === "tune"
    ? responseOverRates(withoutDecay(trialsOf(table, arm, ["tune"])))
    : decaysOf(table, arm);
  if (response === null) return false;
  const { length } = withoutZero(response).positions;
  return length < STARTING_POINTS + MAX_EXTENSIONS * ADDED_POINTS &&
    extension([response]) !== null;
}

/** What tunes a learning rate: a study of another weight decay answers another question. */
export function withoutDecay(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ weightDecay }) => weightDecay === 0);
}

/** One arm's trials over their learning rates; null if a run is missing or measured no loss. */
export function responseOverRates(trials: readonly Trial[]): Response | null {
  const outcomes = trials.map(({ learningRate, seed, score }) => ({
    position: positionOf(learningRate, LEARNING_RATE_CELL),
    seed,
    score,
  }));
  return tabulate(outcomes, LEARNING_RATE_CELL);
}

/** One arm's responses to the learning rate at each weight decay, by its position in cells. */
export function slicesByDecay(
  trials: readonly Trial[],
): { position: number; response: Response | null }[] {
  const byDecay = Map.groupBy(trials, ({ weightDecay }) => weightDecay);
  return [...byDecay].map(([weightDecay, slice]) => ({
    position: positionOf(weightDecay, WEIGHT_DECAY_CELL),
    response: responseOverRates(slice),
  }));
}

/** One arm's trials over their weight decays, each at the best of the learning rates run there. */
export function responseOverDecays(trials: readonly Trial[]): Response | null {
  return overLearningRates(slicesByDecay(trials), WEIGHT_DECAY_CELL);
}

function decaysOf(
  table: StudyTable | undefined,
  arm: string,
): Response | null {
  const trials = trialsOf(table, arm, ["decay tune"]);
  return responseOverDecays(trials.filter((it) => it.weightDecay >= 0));
}

/** An arm's scores with the look that they were taken at, if its plan has looks. */
export interface LocatedArm {
  readonly arm: Response | ArmScores;
  readonly look?: Look;
  /** Of the best value; a night's weight decay has its gate in place of the lower side. */
  readonly location: Location;
}

/** An arm's learning rates, whatever the plan; null where runs are missing. */
export function locatedRate(
  table: StudyTable | undefined,
  name: string,
): LocatedArm | null {
  const night = nightOf(table);
  const tuned = night?.tuned(name);
  const arm = night ? tuned?.arm ?? null : learningRateResponse(table, name);
  if (arm === null) return null;
  const look = tuned && { look: { kind: "tune", number: tuned.look } as const };
  return { arm, ...look, location: locate(arm) };
}

/** An arm's weight decays, whatever the plan; null where runs are missing. */
export function locatedDecay(
  table: StudyTable | undefined,
  name: string,
): LocatedArm | null {
  const night = nightOf(table);
  if (!night) {
    const arm = weightDecayResponse(table, name);
    return arm && { arm, location: locate(arm) };
  }
  const question = questionAbout(
    table,
    ({ kind, arms }) => kind === "decay" && arms.includes(name),
  );
  const closedAt = question && night.answer(question).closedAt;
  if (!closedAt) return null;
  const { arm, optimum } = night.decays(name, closedAt)!;
  const look = { kind: "tune", number: closedAt } as const;
  return { arm, look, location: optimum };
}

function questionAbout(
  table: StudyTable | undefined,
  fits: (question: Question) => boolean,
): Question | undefined {
  return questionsOf(table!.study.experiment).find(fits);
}

/** The first arm's best learning rate, or weight decay, against the second's. */
export function bestDifference(
  table: StudyTable | undefined,
  kind: "rate" | "decay",
  pair: readonly [string, string],
): Finding {
  const night = nightOf(table);
  if (!night) {
    const of = kind === "rate" ? learningRateResponse : weightDecayResponse;
    return optimaDifference(of(table, pair[0]), of(table, pair[1]));
  }
  const question = questionAbout(
    table,
    (it) => it.kind === kind && it.arms.join() === pair.join(),
  );
  if (question) return night.answer(question).finding;
  if (kind !== "rate") return { kind: "missing" };
  // Arms that were tuned only to be reported, both to the same look.
  const [first, second] = pair.map((arm) => night.tuned(arm));
  if (!first || !second) return { kind: "missing" };
  const number = Math.min(first.look, second.look);
  return optimaDifference(first.arm, second.arm, { kind: "tune", number });
}

/**
 * Whether one arm's report runs are worse than another's, seed by seed: at the look at which a
 * night closed the question, else over all seeds.
 */
export function compareReports(
  table: StudyTable | undefined,
  { candidate, reference }: { candidate: string; reference: string },
): MarginVerdicts {
  const night = nightOf(table);
  const pair = [candidate, reference];
  const question = night && questionAbout(
    table,
    ({ kind, arms }) => kind === "score" && arms.join() === pair.join(),
  );
  if (question) {
    const { closedAt } = night.answer(question);
    const [of, against] = pair.map((arm) =>
      closedAt ? night.reportScores(arm, closedAt) : []
    );
    return notWorse(of!, against!, { kind: "report", number: closedAt ?? 1 });
  }
  const arms = pair.map((arm) => trialsOf(table, arm, ["report"]));
  const seeds = seedsOf(arms.flat());
  const [of, against] = arms.map((trials) => {
    const bySeed = new Map(trials.map(({ seed, score }) => [seed, score]));
    // Null where a run is missing.
    return seeds.map((seed) => bySeed.get(seed) ?? null);
  });
  return notWorse(of!, against!);
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

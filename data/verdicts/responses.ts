/** How an arm of a study responds to its learning rate or weight decay, as the statistics take it. */
import { extension, maxExtensions } from "../statistics/grid.ts";
import { locate } from "../statistics/location.ts";
import {
  learningRateCell,
  positionOf,
  weightDecayCell,
} from "../statistics/position.ts";
import {
  type Response,
  tabulate,
  withoutZero,
} from "../statistics/response.ts";
import { mean } from "../statistics/sample.ts";
import { overLearningRates } from "../statistics/weight_decay.ts";
import type { Stage } from "./parts.ts";
import { type StudyTable, type Trial, trialsOf } from "./study_table.ts";

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

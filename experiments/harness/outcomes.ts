import {
  learningRateCell,
  positionOf,
  valueAt,
  weightDecayCell,
} from "../../data/statistics/position.ts";
import { type Response, tabulate } from "../../data/statistics/response.ts";
import { type Score, score } from "../../data/statistics/score.ts";
import { overLearningRates } from "../../data/statistics/weight_decay.ts";
import type { Outcome } from "./experiment.ts";

/** How one arm's outcomes respond to the learning rate, as the statistics take it. */
export function learningRateResponse(
  outcomes: readonly Outcome[],
  arm: string,
): Response {
  const response = respond(outcomes.filter((outcome) => outcome.arm === arm));
  if (response) return response;
  throw new Error(`The outcomes of ${arm} do not fill their grid`);
}

/** One arm's responses to the learning rate at each weight decay, by its position in cells. */
export function slicesByDecay(
  outcomes: readonly Outcome[],
  arm: string,
): { position: number; response: Response | null }[] {
  const own = outcomes.filter((outcome) => outcome.arm === arm);
  return [...Map.groupBy(own, ({ weightDecay }) => weightDecay)].map((
    [weightDecay, slice],
  ) => ({
    position: positionOf(weightDecay, weightDecayCell),
    response: respond(slice),
  }));
}

/** How one arm's outcomes respond to weight decay, at the best of the learning rates run there. */
export function weightDecayResponse(
  outcomes: readonly Outcome[],
  arm: string,
): Response {
  const slices = slicesByDecay(outcomes, arm);
  const response = overLearningRates(slices, weightDecayCell);
  if (response) return response;
  throw new Error(`The outcomes of ${arm} do not fill their grid`);
}

/** A learning rate and weight decay, and the scores of the runs there. */
export interface ScoredPoint {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly scores: readonly Score[];
}

/** Outcomes of one arm by their learning rate and weight decay. */
export function scoresByPoint(outcomes: readonly Outcome[]): ScoredPoint[] {
  const points = Map.groupBy(
    outcomes,
    ({ learningRate, weightDecay }) => `${learningRate} ${weightDecay}`,
  );
  return [...points.values()].map((runs) => ({
    learningRate: runs[0]!.learningRate,
    weightDecay: runs[0]!.weightDecay,
    scores: runs.map(({ summary }) => score(summary)!),
  }));
}

function respond(outcomes: readonly Outcome[]): Response | null {
  const placed = outcomes.map(({ learningRate, seed, summary }) => ({
    position: positionOf(learningRate, learningRateCell),
    seed,
    score: score(summary),
  }));
  return tabulate(placed, learningRateCell);
}

/** Learning rates at grid positions. */
export function learningRatesAt(positions: readonly number[]): number[] {
  return positions.map((position) => rounded(position, learningRateCell));
}

/** Weight decays at grid positions. */
export function weightDecaysAt(positions: readonly number[]): number[] {
  return positions.map((position) => rounded(position, weightDecayCell));
}

/** Cut to 12 digits, so that a configuration reads well. */
function rounded(position: number, cell: number): number {
  return Number(valueAt(position, cell).toPrecision(12));
}

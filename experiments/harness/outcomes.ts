import {
  learningRateCell,
  positionOf,
  valueAt,
} from "../../data/statistics/position.ts";
import { type Response, tabulate } from "../../data/statistics/response.ts";
import { score } from "../../data/statistics/score.ts";
import type { Outcome } from "./experiment.ts";

/** How one arm's outcomes respond to the learning rate, as the statistics take it. */
export function learningRateResponse(
  outcomes: readonly Outcome[],
  arm: string,
): Response {
  const placed = outcomes.filter((outcome) => outcome.arm === arm).map((
    outcome,
  ) => ({
    position: positionOf(outcome.learningRate, learningRateCell),
    seed: outcome.seed,
    score: score(outcome.summary),
  }));
  const response = tabulate(placed, learningRateCell);
  if (!response) {
    throw new Error(`The outcomes of ${arm} do not fill their grid`);
  }
  return response;
}

/** Learning rates at grid positions, cut to 12 digits so that a configuration reads well. */
export function learningRatesAt(positions: readonly number[]): number[] {
  return positions.map((position) =>
    Number(valueAt(position, learningRateCell).toPrecision(12))
  );
}

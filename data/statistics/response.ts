/** How one arm of a study responds to its learning rate or weight decay, seed by seed. */
import { mean } from "./sample.ts";
import type { Score } from "./score.ts";

export interface Response {
  /** Decades between neighbouring whole positions. */
  readonly cell: number;
  /** In cells, ascending; weight decay 0 is at minus infinity. */
  readonly positions: readonly number[];
  /** Ascending; the arms of a comparison have the same ones. */
  readonly seeds: readonly number[];
  /** [seed][position] */
  readonly scores: readonly (readonly Score[])[];
}

/** One run's place and score; null if it was never run or could not be scored. */
export interface Outcome {
  /** In cells. */
  readonly position: number;
  readonly seed: number;
  readonly score: Score | null;
}

/**
 * Runs in any order as a table over all their positions and seeds; null if there are none or one
 * of the table's places is empty. A later outcome for the same place replaces an earlier one.
 */
export function tabulate(
  outcomes: readonly Outcome[],
  cell: number,
): Response | null {
  const positions = ascending(outcomes.map((outcome) => outcome.position));
  const seeds = ascending(outcomes.map((outcome) => outcome.seed));
  const byPlace = new Map(
    outcomes.map((it) => [`${it.seed} ${it.position}`, it.score]),
  );
  const scores: Score[][] = [];
  for (const seed of seeds) {
    const row = positions.map((at) => byPlace.get(`${seed} ${at}`) ?? null);
    if (!row.every((score) => score !== null)) return null;
    scores.push(row);
  }
  return seeds.length === 0 ? null : { cell, positions, seeds, scores };
}

/** Mean y over the seeds at each position. */
export function seedMeans(response: Response): number[] {
  return response.positions.map((_, point) =>
    mean(response.scores.map((row) => row[point]!.y))
  );
}

/** The response without weight decay 0, which has no place on a logarithmic axis. */
export function withoutZero(response: Response): Response {
  const kept = <T>(row: readonly T[]) =>
    row.filter((_, i) => Number.isFinite(response.positions[i]));
  return {
    ...response,
    positions: kept(response.positions),
    scores: response.scores.map(kept),
  };
}

/** Index of the lowest value, the first of equal ones: ties go to the smaller rate or decay. */
export function lowest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! < values[best]!) best = i;
  }
  return best;
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

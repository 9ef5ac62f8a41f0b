/** H2: the response to weight decay at the learning rates around the best one. */
import { optimum } from "./optimum.ts";
import type { Response } from "./response.ts";
import type { Score } from "./score.ts";

/** Learning rates run at each weight decay: those nearest the best one. */
export const learningRatesPerDecay = 5;

/**
 * The response to weight decay: each seed's y at a weight decay is the lowest value of the curve
 * fitted over the learning rates run there. It counts as diverged if it was so at all of them.
 * Each slice holds the learning rates at one weight decay, whose position in cells of
 * `weightDecayCell` is `position`; all slices hold the same seeds. Null if they do not.
 */
export function overLearningRates(
  slices: readonly { position: number; response: Response | null }[],
  cell: number,
): Response | null {
  const sorted = [...slices].sort((a, b) => a.position - b.position);
  const seeds = sorted[0]?.response?.seeds;
  if (seeds === undefined) return null;
  const columns: Score[][] = [];
  for (const { response } of sorted) {
    if (response?.seeds.join() !== seeds.join()) return null;
    columns.push(response.scores.map((row) => best(response.positions, row)));
  }
  return {
    cell,
    positions: sorted.map((slice) => slice.position),
    seeds,
    scores: seeds.map((_, seed) => columns.map((column) => column[seed]!)),
  };
}

function best(positions: readonly number[], row: readonly Score[]): Score {
  const y0 = row[0]!.y0;
  const y = Math.min(optimum(positions, row)!.y, y0);
  return { y, y0, diverged: row.every((score) => score.diverged) };
}

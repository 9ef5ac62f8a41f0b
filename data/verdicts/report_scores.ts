import { type Comparison, notWorse } from "../statistics/comparison.ts";
import type { Score } from "../statistics/score.ts";
import {
  seedsOf,
  type StudyTable,
  type Trial,
  trialsOf,
} from "./study_table.ts";

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

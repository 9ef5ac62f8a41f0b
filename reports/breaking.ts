/** Where an arm's training breaks, above the learning rates at which it is best. */
import {
  type BrokenRate,
  brokenRates,
  edgesOf,
} from "../data/statistics/edge.ts";
import { locate } from "../data/statistics/location.ts";
import { valueAt } from "../data/statistics/position.ts";
import { learningRateResponse } from "../data/verdicts/responses.ts";
import type { StudyTable } from "../data/verdicts/study_table.ts";

export interface Breaking {
  readonly arm: string;
  /** Share of seeds that broke at each learning rate of the grid, ascending. */
  readonly rates: readonly (BrokenRate & { readonly learningRate: number })[];
  /** Each seed's best learning rate; none where every run diverged. */
  readonly best: readonly number[];
  /** The learning rate above which each of these seeds breaks; null where it never did. */
  readonly edges: readonly (number | null)[];
  readonly seeds: readonly number[];
}

/** Over the tuned grid and what was run above it; null while a run is missing. */
export function breakingOf(table: StudyTable, arm: string): Breaking | null {
  const response = learningRateResponse(table, arm, ["tune", "edge"]);
  if (response === null) return null;
  const { cell, seeds } = response;
  const rate = (position: number) => valueAt(position, cell);
  const { values, diverged } = locate(response);
  const edges = diverged ? [] : edgesOf(response);
  return {
    arm,
    rates: brokenRates(response).map((it) => ({
      ...it,
      learningRate: rate(it.position),
    })),
    best: diverged ? [] : values.map((value) => 10 ** value),
    edges: edges.map((edge) => edge === null ? null : rate(edge)),
    seeds,
  };
}

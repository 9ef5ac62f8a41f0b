/** Whether one way of training is worse than another, by the project's procedure. */
import { under } from "./band.ts";
import { estimate } from "./estimate.ts";
import type { Finding } from "./finding.ts";
import { standardDeviation } from "./sample.ts";
import type { Score } from "./score.ts";
import { judge, type Verdict } from "./verdict.ts";

/** A rise of y that counts as worse: 2% of the loss. */
export const worse = under(0.02);

/** Judged beside it, to show how much hangs on the margin. */
const stricter = under(0.01);
const looser = under(0.05);

export interface Comparison {
  /** "Not worse" at the margin that counts. */
  readonly verdict: Verdict;
  /** The same at 0.01 and at 0.05. */
  readonly stricter: Verdict;
  readonly looser: Verdict;
  /** Mean difference in sds of the reference's seeds; decides nothing. Null without one. */
  readonly inSeedSds: number | null;
}

/**
 * g = y of the candidate - y of the reference over the report seeds, in the same order; null
 * where a run is missing. SUPPORTED is "not worse".
 */
export function notWorse(
  candidate: readonly (Score | null)[],
  reference: readonly (Score | null)[],
): Comparison {
  const finding = scoreDifference(candidate, reference);
  return {
    verdict: judge(finding, worse),
    stricter: judge(finding, stricter),
    looser: judge(finding, looser),
    inSeedSds: finding.kind === "estimate"
      ? inSds(finding.estimate.mean, reference)
      : null,
  };
}

/** g by seed, with no allowance: the runs measure it directly. */
export function scoreDifference(
  candidate: readonly (Score | null)[],
  reference: readonly (Score | null)[],
): Finding {
  if (candidate.length === 0 || candidate.length !== reference.length) {
    return { kind: "missing" };
  }
  const values: number[] = [];
  for (const [i, score] of candidate.entries()) {
    const other = reference[i] ?? null;
    if (score === null || other === null) return { kind: "missing" };
    values.push(score.y - other.y);
  }
  return { kind: "estimate", estimate: estimate(values) };
}

function inSds(
  difference: number,
  reference: readonly (Score | null)[],
): number | null {
  const sd = standardDeviation(reference.map((score) => score?.y ?? NaN));
  return sd > 0 ? difference / sd : null;
}

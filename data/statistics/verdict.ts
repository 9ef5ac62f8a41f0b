/** A claim about one number against what the runs say, by the project's procedure. */
import { type Band, disjoint, holds } from "./band.ts";
import { studentTail } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import type { Finding } from "./finding.ts";
import { seedsNeeded } from "./power.ts";

export type State =
  | "SUPPORTED"
  | "REFUTED"
  | "REFUTED(bound)"
  | "INCONCLUSIVE"
  | "INVALID(edge)"
  | "INVALID(flat)"
  | "INVALID(diverged)"
  | "NOT CALIBRATED"
  | "NOT APPLICABLE"
  | "NOT RUN";

/** `published` evidence, or what stands beside a verdict from fewer seeds. */
export type Label = "published" | "low power" | "preliminary";

export interface Judgement {
  readonly state: State;
  /** Number of seeds; 0 if nothing was run. */
  readonly n: number;
  /**
   * If INCONCLUSIVE: the seeds that would decide. Null then is "none under 100", unless there is a
   * reason: that says what more seeds alone would not change.
   */
  readonly seedsNeeded: number | null;
  /** p-values of the two statements, null without an estimate. */
  readonly pValues: PValues | null;
  /** Why, where the state alone does not say. */
  readonly reason?: string;
}

/** On one number. */
export interface Verdict extends Judgement {
  readonly band: Band;
  readonly finding: Finding;
}

export interface PValues {
  /** Against "the value is outside the band": SUPPORTED at 0.05 or less. */
  readonly supported: number;
  /** Against "the value is in the band": REFUTED below 0.05. */
  readonly refuted: number;
}

/** For a claim whose experiment was left out. */
export const notRun: Judgement = absent("NOT RUN");

/** For a claim about layers that the network does not have. */
export const notApplicable: Judgement = absent("NOT APPLICABLE");

/** The state with the numbers that belong to it; see `decide`. */
export function judge(finding: Finding, band: Band): Verdict {
  const state = decide(finding, band);
  const estimate = finding.kind === "estimate" ? finding.estimate : null;
  const n = seedsOf(finding);
  return {
    state,
    n,
    seedsNeeded: estimate && state === "INCONCLUSIVE"
      ? seedsNeeded(band, estimate)
      : null,
    pValues: estimate && pValues(estimate, band),
    ...(state === "INCONCLUSIVE" && n === 1
      ? { reason: "one seed shows no spread" }
      : {}),
    band,
    finding,
  };
}

/**
 * SUPPORTED if the 90% interval lies in the band, REFUTED if the 95% interval has no value in
 * common with it, else INCONCLUSIVE. What is only known to a range is refuted if the whole range
 * lies outside the band, and else INVALID(edge).
 */
export function decide(finding: Finding, band: Band): State {
  switch (finding.kind) {
    case "estimate":
      if (holds(band, finding.estimate.interval90)) return "SUPPORTED";
      return disjoint(band, finding.estimate.interval95)
        ? "REFUTED"
        : "INCONCLUSIVE";
    case "range":
      if (!disjoint(band, finding.range)) return "INVALID(edge)";
      return finding.because === "open side" ? "REFUTED(bound)" : "REFUTED";
    case "invalid":
      return `INVALID(${finding.because})`;
    case "missing":
      return "NOT RUN";
  }
}

/**
 * Published evidence needs 10 seeds to tune and 20 to report; below 5 of either it is preliminary.
 * Give the report seeds only where a verdict rests on them.
 */
export function label(tuneSeeds: number, reportSeeds = Infinity): Label {
  if (tuneSeeds < 5 || reportSeeds < 5) return "preliminary";
  return tuneSeeds < 10 || reportSeeds < 20 ? "low power" : "published";
}

function absent(state: State): Judgement {
  return { state, n: 0, seedsNeeded: null, pValues: null };
}

function seedsOf(finding: Finding): number {
  if (finding.kind === "missing") return 0;
  return finding.kind === "estimate" ? finding.estimate.n : finding.n;
}

/** One-sided t tests at the band's ends, moved by the allowance against the statement. */
function pValues(
  { mean, sd, n, allowance }: Estimate,
  { low, high }: Band,
): PValues {
  const tail = (distance: number) => {
    const t = distance / (sd / Math.sqrt(n));
    return n < 2 || Number.isNaN(t) ? 1 : studentTail(t, n - 1);
  };
  return {
    supported: Math.max(
      tail(mean - allowance - low),
      tail(high - allowance - mean),
    ),
    refuted: Math.min(
      1,
      2 * Math.min(
        tail(low - allowance - mean),
        tail(mean - allowance - high),
      ),
    ),
  };
}

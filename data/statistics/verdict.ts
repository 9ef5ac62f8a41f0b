/** A claim about one number against what the runs say, by the project's procedure. */
import {
  around,
  type Band,
  disjoint,
  type Estimate,
  type Finding,
  holds,
  type Interval,
  interval,
  type Look,
} from "./estimate.ts";
import { LAST_LOOK, lookPValue, LOOKS } from "./looks.ts";
import {
  holm,
  logGamma,
  mean,
  normalCdf,
  standardDeviation,
  studentQuantile,
  studentTail,
} from "./textbook.ts";

export type State =
  | "SUPPORTED"
  | "REFUTED"
  | "REFUTED(bound)"
  | "INCONCLUSIVE"
  | "INVALID(edge)"
  | "INVALID(flat)"
  | "INVALID(diverged)"
  | "NO OPTIMUM"
  | "NO VERDICT"
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
export const NOT_RUN: Judgement = {
  state: "NOT RUN",
  n: 0,
  seedsNeeded: null,
  pValues: null,
};

/** The state with the numbers that belong to it; see `decide`. */
export function judge(finding: Finding, band: Band): Verdict {
  const state = decide(finding, band);
  const estimate = finding.kind === "estimate" ? finding.estimate : null;
  const n = seedCount(finding);
  return {
    state,
    n,
    // A closed question is never topped up: no number of seeds is asked for.
    seedsNeeded: estimate && !estimate.look && state === "INCONCLUSIVE"
      ? seedsNeeded(band, estimate)
      : null,
    pValues: estimate && pValues(estimate, band),
    ...reasonOf(state, n, estimate),
    band,
    finding,
  };
}

function reasonOf(state: State, n: number, estimate: Estimate | null) {
  if (state !== "INCONCLUSIVE") return {};
  if (n === 1) return { reason: "one seed shows no spread" };
  const early = estimate?.look && estimate.look.number < LAST_LOOK;
  return early ? { reason: OUT_OF_REACH } : {};
}

/** Why a question was closed before its last look without a verdict. */
export const OUT_OF_REACH = "out of reach";

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
      return finding.because === "no gain"
        ? "NO OPTIMUM"
        : `INVALID(${finding.because})`;
    case "missing":
      return "NOT RUN";
  }
}

/** What a look came to. */
export interface LookDecision {
  /** Whether the question is closed: no seed is added for it. */
  readonly closed: boolean;
  /** The verdict where it is closed. */
  readonly state: State | null;
  /** Null where the rule of reach does not apply. */
  readonly inReach: boolean | null;
}

const GO_ON: LookDecision = { closed: false, state: null, inReach: null };

/**
 * One look: nothing while a side is open, except at the last look, where the usual rules for open
 * sides apply; SUPPORTED and REFUTED by the look's intervals; from the second look on INCONCLUSIVE
 * if neither verdict is in reach; at the last INCONCLUSIVE.
 */
export function decideAt(
  { number }: Look,
  finding: Finding,
  band: Band,
): LookDecision {
  const isLast = number === LAST_LOOK;
  if (finding.kind === "missing") return GO_ON;
  if (finding.kind !== "estimate") {
    return isLast
      ? { closed: true, state: decide(finding, band), inReach: null }
      : GO_ON;
  }
  const state = decide(finding, band);
  if (state !== "INCONCLUSIVE" || isLast) {
    return { closed: true, state, inReach: null };
  }
  if (number === 1) return GO_ON;
  const inReach = isInReach(finding.estimate, band);
  return { closed: !inReach, state: inReach ? null : state, inReach };
}

/** Standard errors of the way still to go by which the mean may move. */
const REACH = 2;

/** Whether the last look could still decide, were the mean to move by two standard errors. */
function isInReach(
  { mean, sd, n, allowance, look }: Estimate,
  { low, high }: Band,
): boolean {
  const { seeds, lastHalf } = LOOKS[look!.kind];
  const move = REACH * sd * Math.sqrt(1 / n - 1 / seeds[LAST_LOOK - 1]!);
  const half90 = lastHalf.supported * sd + allowance;
  const half95 = lastHalf.refuted * sd + allowance;
  const supported =
    Math.max(low + half90, mean - move) <= Math.min(high - half90, mean + move);
  const refuted = mean - move + half95 < low || mean + move - half95 > high;
  return supported || refuted;
}

/**
 * Published evidence needs 10 seeds to tune and 20 to report; below 5 of either it is preliminary.
 * Give the report seeds only where a verdict rests on them.
 */
export function label(tuneSeeds: number, reportSeeds = Infinity): Label {
  if (tuneSeeds < 5 || reportSeeds < 5) return "preliminary";
  return tuneSeeds < 10 || reportSeeds < 20 ? "low power" : "published";
}

function seedCount(finding: Finding): number {
  if (finding.kind === "missing") return 0;
  return finding.kind === "estimate" ? finding.estimate.n : finding.n;
}

/** One-sided t tests at the band's ends, moved by the allowance against the statement. */
function pValues(
  { mean, sd, n, allowance, look }: Estimate,
  { low, high }: Band,
): PValues {
  const tail = (distance: number) => {
    const t = distance / (sd / Math.sqrt(n));
    const p = n < 2 || Number.isNaN(t) ? 1 : studentTail(t, n - 1);
    return look ? lookPValue(look, p) : p;
  };
  return {
    supported: Math.max(
      tail(mean - allowance - low),
      tail(high - allowance - mean),
    ),
    refuted: Math.min(
      1,
      2 * Math.min(tail(low - allowance - mean), tail(mean - allowance - high)),
    ),
  };
}

/** How many seeds a verdict would have needed. */

/** Probability of SUPPORTED that seeds are counted for: the usual one of power analysis (Cohen 1988). */
const WANTED_POWER = 0.8;

/** So many seeds, or more, are not asked for: the answer is "none under 100". */
const SEEDS_LIMIT = 100;

export interface Spread {
  /** Standard deviation of one seed's value. */
  readonly sd: number;
  /** What the interval is widened by on each side. */
  readonly allowance: number;
}

/**
 * The smallest number of seeds that gives SUPPORTED with probability 0.8 if the truth is the
 * band's centre and the spread stays as it is; null if none under 100 does.
 */
export function seedsNeeded(band: Band, spread: Spread): number | null {
  const suffices = (n: number) => power(n, band, spread) >= WANTED_POWER;
  let [enough, tooFew] = [SEEDS_LIMIT - 1, 1];
  if (!suffices(enough)) return null;
  // More seeds never have less power, so the smallest number that suffices can be bracketed.
  while (enough - tooFew > 1) {
    const n = Math.floor((enough + tooFew) / 2);
    if (suffices(n)) enough = n;
    else tooFew = n;
  }
  return enough;
}

/**
 * Probability that the 90% interval of n seeds lies in the band. Given the sample's sd, that is a
 * difference of two normal probabilities; it is averaged over the distribution of the sd by
 * Simpson's rule (for two ends: the exact power of two one-sided tests; for one end: the
 * noncentral t distribution's).
 */
export function power(n: number, band: Band, spread: Spread): number {
  const { sd, allowance } = spread;
  if (Number.isNaN(sd)) return 0;
  const low = (band.low + allowance - band.centre) * Math.sqrt(n) / sd;
  const high = (band.high - allowance - band.centre) * Math.sqrt(n) / sd;
  if (sd === 0) return low < 0 && high > 0 ? 1 : 0;
  const t = studentQuantile(0.95, n - 1);
  const density = ratioDensity(n - 1);
  return simpson(0, ratioLimit(n - 1), (ratio) => {
    const inside = normalCdf(high - t * ratio) - normalCdf(low + t * ratio);
    return inside > 0 ? inside * density(ratio) : 0;
  });
}

/** Density of sample sd / true sd: a chi distribution with its mean square at 1. */
function ratioDensity(degreesOfFreedom: number): (ratio: number) => number {
  const half = degreesOfFreedom / 2;
  const scale = Math.LN2 + half * Math.log(half) - logGamma(half);
  return (ratio) =>
    Math.exp(scale - half * ratio * ratio) * ratio ** (degreesOfFreedom - 1);
}

/** Beyond it lies less than 1e-9 of the distribution. */
function ratioLimit(degreesOfFreedom: number): number {
  return 1 + 6.2 / Math.sqrt(degreesOfFreedom);
}

function simpson(
  from: number,
  to: number,
  f: (x: number) => number,
): number {
  const pieces = 400;
  const width = (to - from) / pieces;
  let sum = f(from) + f(to);
  for (let i = 1; i < pieces; i++) {
    sum += (i % 2 === 1 ? 4 : 2) * f(from + i * width);
  }
  return sum * width / 3;
}

/** One verdict for a claim that says several things at once. */

export interface JointVerdict<Part extends Judgement> extends Judgement {
  readonly parts: readonly Part[];
}

/** What is left of a claim that is neither wholly supported nor refuted: the first found. */
const OBSTACLES: readonly State[] = [
  "NOT RUN",
  "INVALID(diverged)",
  "INVALID(flat)",
  "INVALID(edge)",
  "NO OPTIMUM",
  "NO VERDICT",
  "INCONCLUSIVE",
];

/** SUPPORTED if every part is, REFUTED if any part is, else what stands in the way. */
export function joinParts<Part extends Judgement>(
  parts: readonly [Part, ...Part[]],
): JointVerdict<Part> {
  const states = parts.map((part) => part.state);
  const refuted = states.find((state) => state.startsWith("REFUTED"));
  const obstacle = OBSTACLES.find((state) => states.includes(state));
  const state = refuted ?? obstacle ?? "SUPPORTED";
  const reason = parts.find((it) => it.state === state && it.reason)?.reason;
  const run = parts.filter((part) => part.state !== "NOT RUN");
  return {
    state,
    n: state === "NOT RUN" ? 0 : Math.min(...run.map((part) => part.n)),
    seedsNeeded: state === "INCONCLUSIVE" ? mostSeeds(parts) : null,
    pValues: jointPValues(parts, state),
    ...(reason === undefined ? {} : { reason }),
    parts,
  };
}

function mostSeeds(parts: readonly Judgement[]): number | null {
  const open = parts.filter((part) => part.state === "INCONCLUSIVE");
  const seeds = open.map((part) => part.seedsNeeded);
  return seeds.every((n) => n !== null) ? Math.max(...seeds) : null;
}

/**
 * In step with the rule: the largest for the whole claim, the smallest against it. Parts without
 * any leave none, but for a claim that others have REFUTED by theirs.
 */
function jointPValues(
  parts: readonly Judgement[],
  state: State,
): PValues | null {
  const known = parts.flatMap(({ pValues }) => pValues ?? []);
  const whole = known.length === parts.length;
  const untested = parts.some((it) => it.state === state && !it.pValues);
  if (!whole && (state !== "REFUTED" || untested)) return null;
  return {
    supported: whole ? Math.max(...known.map((p) => p.supported)) : 1,
    refuted: Math.min(...known.map((p) => p.refuted)),
  };
}

/** One claim on several workloads (data set and network), by the project's procedure. */

/** Chance of one wrong verdict among all workloads: the procedure's. */
const FAMILY_LEVEL = 0.05;

/** Fewest workloads that "usually" can be said of: the procedure's. */
const FEWEST_WORKLOADS = 4;

/**
 * The same claim's verdicts on several workloads with their p-values adjusted by Holm at 0.05:
 * SUPPORTED and REFUTED that do not survive become INCONCLUSIVE. The two statements are two
 * families. Verdicts without p-values are no tests: they stay, and count in neither.
 */
export function adjust<V extends Judgement>(verdicts: readonly V[]): V[] {
  const tested = verdicts.filter((verdict) => verdict.pValues !== null);
  const supported = holm(tested.map((it) => it.pValues!.supported));
  const refuted = holm(tested.map((it) => it.pValues!.refuted));
  const adjusted = new Map(tested.map((verdict, i): [V, PValues] => [
    verdict,
    { supported: supported[i]!, refuted: refuted[i]! },
  ]));
  return verdicts.map((verdict) => {
    const pValues = adjusted.get(verdict);
    if (pValues === undefined) return verdict;
    if (survives(verdict.state, pValues)) return { ...verdict, pValues };
    const reason = "not after adjustment for several workloads";
    return { ...verdict, pValues, state: "INCONCLUSIVE", reason };
  });
}

function survives(state: State, pValues: PValues): boolean {
  if (state === "SUPPORTED") return pValues.supported <= FAMILY_LEVEL;
  return state !== "REFUTED" || pValues.refuted <= FAMILY_LEVEL;
}

export interface Usually {
  readonly state: "SUPPORTED" | "REFUTED" | "INCONCLUSIVE" | "NOT RUN";
  /** Workloads with an estimate. */
  readonly k: number;
  /** Mean and sd of their means; NaN (null in JSON) where there are too few. */
  readonly mean: number;
  readonly sd: number;
  readonly interval90: Interval;
  readonly interval95: Interval;
  /** Where nine in ten further workloads would lie; drawn, decides nothing. */
  readonly prediction: Interval;
}

/**
 * Whether the claim usually holds. SUPPORTED if the 90% interval of the mean over workloads lies
 * in the band and three quarters of their means do; REFUTED if the 95% interval has no value in
 * common with the band or over half of all workloads are REFUTED. NOT RUN with fewer than 4
 * estimates. Give the adjusted verdicts.
 */
export function usually(verdicts: readonly Verdict[], band: Band): Usually {
  const estimates = verdicts.flatMap(({ finding, state }) =>
    finding.kind === "estimate" && state !== "NOT CALIBRATED"
      ? [finding.estimate]
      : []
  );
  const means = estimates.map((it) => it.mean);
  const allowance = mean(estimates.map((it) => it.allowance));
  const interval90 = interval(means, 0.95, allowance);
  const interval95 = interval(means, 0.975, allowance);
  const inside = means.filter((it) => holds(band, { low: it, high: it }));
  const refuted = verdicts.filter((it) => it.state.startsWith("REFUTED"));
  const mostRefuted = 2 * refuted.length > verdicts.length;
  const k = means.length;
  const supported = holds(band, interval90) && 4 * inside.length >= 3 * k;
  return {
    state: k < FEWEST_WORKLOADS
      ? "NOT RUN"
      : disjoint(band, interval95) || mostRefuted
      ? "REFUTED"
      : supported
      ? "SUPPORTED"
      : "INCONCLUSIVE",
    k,
    mean: mean(means),
    sd: standardDeviation(means),
    interval90,
    interval95,
    prediction: prediction(means),
  };
}

function prediction(means: readonly number[]): Interval {
  const k = means.length;
  if (k < 2) return { low: -Infinity, high: Infinity };
  const half = studentQuantile(0.95, k - 1) * standardDeviation(means) *
    Math.sqrt(1 + 1 / k);
  return around(mean(means), half);
}

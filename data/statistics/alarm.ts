/** H6's alarm in one run, by the project's procedure. */
import type { Band, Finding } from "./estimate.ts";
import { median, rankCorrelation } from "./textbook.ts";
import type { Judgement, State } from "./verdict.ts";

/** Of one step: its batch's loss, and the joint L2 norm of the watched gradients. */
export interface WatchedStep {
  readonly step: number;
  readonly loss: number;
  readonly norm: number;
}

export interface Alarm {
  readonly alarmed: boolean;
  /** Spearman's correlation with the number of the bin; NaN (null in JSON) if undefined. */
  readonly lossTrend: number;
  readonly normTrend: number;
  /** Medians, a bin each. */
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

const BINS = 20;
/** Least rank correlation of a trend. */
export const TREND = 0.5;

/**
 * Whether the loss falls while the norm rises: over 20 equal bins of the steps after `warmup`
 * (the number of warmup steps) up to `steps` (of the whole run), the medians of loss and norm have
 * a rank correlation with the bin of at most -0.5 and at least 0.5. A run that blew up, where the
 * steps end, raises no alarm. Null if else a bin holds no step: then it was not watched.
 */
export function alarm(
  watched: readonly WatchedStep[],
  { warmup, steps }: { warmup: number; steps: number },
): Alarm | null {
  const binned = Array.from({ length: BINS }, (): WatchedStep[] => []);
  for (const it of watched) {
    const place = (it.step - warmup - 1) * BINS / (steps - warmup);
    if (it.step > warmup) binned[Math.floor(place)]?.push(it);
  }
  const blewUp = watched.some((it) => !Number.isFinite(it.loss));
  if (!blewUp && binned.some((bin) => bin.length === 0)) return null;
  const losses = binned.map((bin) => median(bin.map((it) => it.loss)));
  const norms = binned.map((bin) => median(bin.map((it) => it.norm)));
  const order = losses.map((_, bin) => bin);
  const lossTrend = rankCorrelation(losses, order);
  const normTrend = rankCorrelation(norms, order);
  return {
    alarmed: !blewUp && lossTrend <= -TREND && normTrend >= TREND,
    lossTrend,
    normTrend,
    losses,
    norms,
  };
}

/** H6: whether the alarm tells when freezing the norms helps, by the project's procedure. */

/** One data set and network. */
export interface WatchedWorkload {
  /** Whether each seed's run with learnt norms raised the alarm; null where nothing was watched. */
  readonly alarms: readonly (boolean | null)[];
  /** y frozen from step 0 - y learnt, by seed: negative where freezing helps. */
  readonly gain: Finding;
}

/** `unclear` is neither: the seeds disagree, or one of them was not watched. */
export type AlarmKind = "firing" | "silent" | "unclear";

export interface AlarmJudgement extends Judgement {
  /** A workload each. */
  readonly kinds: readonly AlarmKind[];
}

/** A change of y that counts as help: 1% less loss. */
const LEAST_GAIN = -0.01;

/** Without so many of each kind there is nothing to contrast. */
const WORKLOADS_OF_EACH_KIND = 2;

/** What one workload must show, by what its alarm does; neither has a value that it has in mind. */
export const ALARM_BANDS: Readonly<
  Record<Exclude<AlarmKind, "unclear">, Band & { readonly words: string }>
> = {
  firing: {
    low: -Infinity,
    high: LEAST_GAIN,
    centre: NaN,
    words: "over 1% less loss, as the alarm fires",
  },
  silent: {
    low: LEAST_GAIN,
    high: Infinity,
    centre: NaN,
    words: "not over 1% less loss, as the alarm is silent",
  },
};

/**
 * SUPPORTED if freezing surely helps wherever the alarm fires and surely does not where it is
 * silent (one-sided 95% bounds); REFUTED if somewhere the opposite is sure (97.5%). With fewer
 * than two workloads of a kind: INCONCLUSIVE(no contrast).
 */
export function judgeAlarm(
  workloads: readonly WatchedWorkload[],
): AlarmJudgement {
  const kinds = workloads.map((it) => alarmKind(it.alarms));
  const n = Math.min(...workloads.map((it) => it.alarms.length));
  const rest = { kinds, seedsNeeded: null, pValues: null };
  if (workloads.length === 0 || !workloads.every(isComplete)) {
    return { ...rest, state: "NOT RUN", n: 0 };
  }
  const count = (kind: AlarmKind) => kinds.filter((it) => it === kind).length;
  if (
    count("firing") < WORKLOADS_OF_EACH_KIND ||
    count("silent") < WORKLOADS_OF_EACH_KIND
  ) {
    return { ...rest, state: "INCONCLUSIVE", n, reason: "no contrast" };
  }
  const states = workloads.map((it, i) => stateOf(it.gain, kinds[i]!));
  if (states.includes("REFUTED")) return { ...rest, state: "REFUTED", n };
  if (!states.includes("INCONCLUSIVE")) {
    return { ...rest, state: "SUPPORTED", n };
  }
  const reason = "a gain is not told from 1%";
  return { ...rest, state: "INCONCLUSIVE", n, reason };
}

function alarmKind(alarms: readonly (boolean | null)[]): AlarmKind {
  if (!isWatched(alarms)) return "unclear";
  // In whole numbers: 0.8 and 0.2 have no exact binary value.
  const fivefold = 5 * alarms.filter((alarm) => alarm).length;
  if (fivefold >= 4 * alarms.length) return "firing";
  return fivefold <= alarms.length ? "silent" : "unclear";
}

function isComplete({ alarms, gain }: WatchedWorkload): boolean {
  return isWatched(alarms) && gain.kind === "estimate";
}

function isWatched(alarms: readonly (boolean | null)[]): boolean {
  return alarms.length > 0 && alarms.every((it) => it !== null);
}

function stateOf(gain: Finding, kind: AlarmKind): State {
  if (kind === "unclear" || gain.kind !== "estimate") return "SUPPORTED";
  const { interval90: at95, interval95: at975 } = gain.estimate;
  if (kind === "firing") {
    if (at95.high < LEAST_GAIN) return "SUPPORTED";
    return at975.low > LEAST_GAIN ? "REFUTED" : "INCONCLUSIVE";
  }
  if (at95.low > LEAST_GAIN) return "SUPPORTED";
  return at975.high < LEAST_GAIN ? "REFUTED" : "INCONCLUSIVE";
}

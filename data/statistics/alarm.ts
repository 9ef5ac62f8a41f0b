/** H6's alarm in one run, by the project's procedure. */
import { type Finding, interval } from "./estimate.ts";
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

const bins = 20;
const trend = 0.5;

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
  const binned = Array.from({ length: bins }, (): WatchedStep[] => []);
  for (const it of watched) {
    const place = (it.step - warmup - 1) * bins / (steps - warmup);
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
    alarmed: !blewUp && lossTrend <= -trend && normTrend >= trend,
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
export type Kind = "firing" | "silent" | "unclear";

export interface AlarmJudgement extends Judgement {
  /** A workload each. */
  readonly kinds: readonly Kind[];
}

/** A fall of y that counts as help: 1% of the loss. */
const help = -0.01;

/** Workloads of each kind without which there is nothing to contrast. */
const contrast = 2;

/**
 * SUPPORTED if freezing surely helps wherever the alarm fires and surely does not where it is
 * silent (one-sided 95% bounds); REFUTED if somewhere the opposite is sure (97.5%). With fewer
 * than two workloads of a kind: INCONCLUSIVE(no contrast).
 */
export function judgeAlarm(
  workloads: readonly WatchedWorkload[],
): AlarmJudgement {
  const kinds = workloads.map((it) => kindOf(it.alarms));
  const n = Math.min(...workloads.map((it) => it.alarms.length));
  const rest = { kinds, seedsNeeded: null, pValues: null };
  if (workloads.length === 0 || !workloads.every(isComplete)) {
    return { ...rest, state: "NOT RUN", n: 0 };
  }
  const count = (kind: Kind) => kinds.filter((it) => it === kind).length;
  if (count("firing") < contrast || count("silent") < contrast) {
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

function kindOf(alarms: readonly (boolean | null)[]): Kind {
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

function stateOf(gain: Finding, kind: Kind): State {
  if (kind === "unclear" || gain.kind !== "estimate") return "SUPPORTED";
  const { values } = gain.estimate;
  const at95 = interval(values, 0.95);
  const at975 = interval(values, 0.975);
  if (kind === "firing") {
    if (at95.high < help) return "SUPPORTED";
    return at975.low > help ? "REFUTED" : "INCONCLUSIVE";
  }
  if (at95.low > help) return "SUPPORTED";
  return at975.high < help ? "REFUTED" : "INCONCLUSIVE";
}

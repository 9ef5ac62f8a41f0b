/** One claim on several workloads (data set and network), by the project's procedure. */
import { type Band, disjoint, holds } from "./band.ts";
import { studentQuantile } from "./distributions.ts";
import { type Interval, interval } from "./estimate.ts";
import { holm } from "./holm.ts";
import { mean, standardDeviation } from "./sample.ts";
import type { Judgement, PValues, State, Verdict } from "./verdict.ts";

const level = 0.05;

/** Fewest workloads that "usually" can be said of. */
const fewest = 4;

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
  if (state === "SUPPORTED") return pValues.supported <= level;
  return state !== "REFUTED" || pValues.refuted <= level;
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
    state: k < fewest
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
  return { low: mean(means) - half, high: mean(means) + half };
}

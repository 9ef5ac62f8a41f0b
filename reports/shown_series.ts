import { arms, switches, switchesArm } from "../data/verdicts/parts.ts";
import { type RatePoint, type Series, summarize } from "./series.ts";
import type { Workload } from "./workload.ts";

/** More series than these have no looks that a reader could tell apart. */
const most = 6;

/** The ablation's arms that are optimizers of their own: SING, AdamW, and what resembles Ranger. */
export const namedSwitches: ReadonlyMap<string, string> = new Map([
  [switchesArm(switches), "SING"],
  [switchesArm(switches.filter((name) => name !== "normalize")), "Ranger-like"],
  [switchesArm([]), "AdamW-like"],
]);

/** The series that charts of curves draw: all, or of too many those that have names. */
export function shownSeries(
  { series }: Pick<Workload, "series">,
): readonly Series[] {
  if (series.length <= most) return series;
  const named = series.filter(({ arm }) => namedSwitches.has(arm));
  return named.length > 0 ? named : series.slice(0, most);
}

/** What SING's README lists, run without weight decay by the seeds that tune. */
export function listedRates(
  { results }: Pick<Workload, "results">,
): readonly RatePoint[] {
  const listed = results.filter(({ plan }) =>
    plan.stage === "listed" && plan.arm === arms.sing && plan.weightDecay === 0
  );
  return summarize(listed)[0]?.rates ?? [];
}

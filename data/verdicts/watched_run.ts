/** H6's alarm in a run that recorded gradient norms. */
import type { Metric } from "../runs/schema.ts";
import type { RunOutline } from "../runs/store.ts";
import { type Alarm, alarm, type WatchedStep } from "../statistics/alarm.ts";

/** The alarm with its trends; null where the run did not record what is watched. */
export function alarmOfRun(
  { header: { config }, summary: { steps } }: RunOutline,
  metrics: readonly Metric[],
): Alarm | null {
  const warmup = Math.round(config.warmup * steps); // as the schedule counts it
  return alarm(watchedSteps(metrics), { warmup, steps });
}

/** The loss of each step, and the joint L2 norm of the gradients of LayerNorm and LayerScale. */
export function watchedSteps(metrics: readonly Metric[]): WatchedStep[] {
  const rows = metrics.find(({ kind }) => kind === "parameters");
  if (rows?.kind !== "parameters") return [];
  const { parameters } = rows;
  return metrics.flatMap((metric) => {
    if (metric.kind !== "gradients") return [];
    const { step, loss, norms } = metric;
    if (norms.length !== parameters.length) return [];
    const watched = norms.filter((_, i) => parameters[i]!.rescales);
    return [{ step, loss, norm: Math.hypot(...watched) }];
  });
}

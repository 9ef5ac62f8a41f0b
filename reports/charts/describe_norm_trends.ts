import type { ArmTraces } from "../gradient_traces.ts";
import { formatCount, formatList } from "../numbers.ts";

/** Past this correlation with the step a trend counts, by the procedure. */
const trend = 0.5;

/** Which seeds of an arm raise the alarm, and what the others lack, in words. */
export function describeNormTrends({ traces, planned }: ArmTraces): string {
  const watched = traces.flatMap(({ seed, alarm }) =>
    alarm ? [{ seed, alarm }] : []
  );
  const alarmed = watched.filter(({ alarm }) => alarm.alarmed);
  const falling = watched.filter(({ alarm }) => alarm.lossTrend <= -trend);
  const rising = watched.filter(({ alarm }) => alarm.normTrend >= trend);
  const unwatched = planned - watched.length;
  return [
    `${alarmed.length} of ${formatCount(watched.length, "seed")} ${
      alarmed.length === 1 ? "raises" : "raise"
    } the alarm${
      alarmed.length > 0
        ? `: ${formatList(alarmed.map(({ seed }) => String(seed)))}`
        : ""
    }.`,
    `It takes both trends: the loss falls in ${falling.length}, the norm rises in ${rising.length}.`,
    unwatched > 0
      ? `${formatCount(unwatched, "planned run")} ${
        unwatched === 1 ? "was" : "were"
      } not watched throughout.`
      : "",
  ].filter(Boolean).join(" ");
}

import type { StudyCase } from "../../data/runs/record.ts";
import { broken, HOSTILE, type StudyChanges } from "./studies.ts";

/** What may have become of a study, from the usual to the worst. */
export const changes: Readonly<Record<string, StudyChanges>> = {
  "all its runs": {},
  "no run": { outcome: () => null },
  "half of its seeds": {
    outcome: ({ seed }, summary) => seed % 2 ? null : summary,
  },
  "its tuning alone": {
    outcome: ({ stage }, summary) =>
      stage === "scout" || stage === "tune" ? summary : null,
  },
  "one optimizer": {
    outcome: ({ arm }, summary) => arm.startsWith("sing") ? summary : null,
  },
  "runs that all diverged": { outcome: (_, summary) => broken(summary) },
  "a seed that always diverged": {
    outcome: (plan, summary) => isFirst(plan) ? broken(summary) : summary,
  },
  "numbers out of range": {
    outcome: (plan, summary) =>
      isFirst(plan)
        ? { ...summary, initialLoss: NaN, finalAccuracy: NaN }
        : { ...summary, finalAccuracy: Infinity },
  },
  "hostile names": {
    study: { dataset: HOSTILE, model: HOSTILE, profile: HOSTILE },
  },
};

function isFirst({ seed }: StudyCase): boolean {
  return seed % 1000 === 0;
}

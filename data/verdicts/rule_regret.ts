import type { Comparison } from "../statistics/comparison.ts";
import { arms } from "./parts.ts";
import { compareReports } from "./report_scores.ts";
import type { StudyTable } from "./study_table.ts";
import { tableAlike, type WorkloadStudies } from "./workload_studies.ts";

const pairs = {
  "learning rate": { candidate: arms.singByRule, reference: arms.sing },
  "learning rate and weight decay": {
    candidate: arms.singDecayByRule,
    reference: arms.singDecay,
  },
} as const;

/**
 * SING with these numbers taken from AdamW's by the rule (10 times the learning rate, a tenth of
 * the weight decay) against SING tuned itself, on the images of the claim's own study. Null where
 * it was not run.
 */
export function regretOfRule(
  studies: WorkloadStudies,
  like: StudyTable | undefined,
  numbers: keyof typeof pairs,
): Comparison | null {
  const table = tableAlike(studies, "rule", like);
  const comparison = compareReports(table, pairs[numbers]);
  return comparison.verdict.finding.kind === "missing" ? null : comparison;
}

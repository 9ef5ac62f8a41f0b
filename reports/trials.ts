/** A workload's runs as the verdicts take them. */
import type { Stage } from "../data/verdicts/parts.ts";
import {
  type StudyTable,
  studyTable,
  trialsOf,
} from "../data/verdicts/study_table.ts";
import type { Workload } from "./workload.ts";

/** The study's runs with their scores, joined by the rules of the verdicts. */
export function tableOf(
  { study, results }: Pick<Workload, "study" | "results">,
): StudyTable {
  const outlines = new Map(results.map(({ plan, run }) => [plan.runId, run]));
  return studyTable(study, {
    studies: [study],
    outline: (id) => outlines.get(id),
    metrics: () => [],
  });
}

/** What keeps the runs of an arm from an answer, in words: `37 of 90 tune runs are there`. */
export function progressOf(
  table: StudyTable,
  arm: string,
  stages: readonly Stage[],
): string {
  const trials = trialsOf(table, arm, stages);
  const what = stages.join(" and ");
  if (table.data.length > 1) {
    return `the runs are of ${table.data.length} data sets`;
  }
  if (trials.length === 0) return `no ${what} run is planned yet`;
  const scored = trials.filter(({ fate }) => fate === "scored").length;
  if (scored === trials.length) return "the grid is still to be extended";
  return `${scored} of ${trials.length} ${what} runs ${
    scored === 1 ? "has" : "have"
  } a loss`;
}

import type { StudyTable } from "../../data/runs/study.ts";
import { tableOf, type Workload, workloadOf } from "../workload.ts";
import type { Example } from "./example_study.ts";

/** An example joined with its runs, as the pages have it. */
export function workloadFrom({ study, runs }: Example): Workload {
  return workloadOf(study, new Map(runs.map((run) => [run.id, run])));
}

/** The same as the verdicts have it. */
export function tableFrom(example: Example): StudyTable {
  return tableOf(workloadFrom(example));
}

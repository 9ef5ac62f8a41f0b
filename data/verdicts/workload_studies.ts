import type { ParameterRow, Study } from "../runs/schema.ts";
import type { Evidence } from "./evidence.ts";
import type { WorkloadName } from "./register.ts";
import { type StudyTable, studyTable } from "./study_table.ts";

/** The studies of one profile on one data set and network. */
export interface WorkloadStudies {
  readonly workload: WorkloadName;
  readonly evidence: Evidence;
  /** What the network trains; undefined where no study says. */
  readonly parameters: readonly ParameterRow[] | undefined;
  /** The experiment's study, or undefined where there is none. */
  table(experiment: string): StudyTable | undefined;
}

/** All workloads of a profile, by data set and network. */
export function workloadsOf(
  evidence: Evidence,
  profile: string,
): WorkloadStudies[] {
  const studies = evidence.studies.filter((it) => it.profile === profile);
  const byName = Map.groupBy(
    studies,
    ({ dataset, model }) => JSON.stringify([dataset, model]),
  );
  return [...byName.entries()].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, ofOne]) => workloadOf(evidence, ofOne));
}

/**
 * The table of another experiment on the same images; undefined where it was trained on others, as
 * it may be for a data set that is just a folder.
 */
export function tableAlike(
  studies: WorkloadStudies,
  experiment: string,
  like: StudyTable | undefined,
): StudyTable | undefined {
  const table = studies.table(experiment);
  const data = new Set([...table?.data ?? [], ...like?.data ?? []]);
  return data.size > 1 ? undefined : table;
}

function workloadOf(
  evidence: Evidence,
  studies: readonly Study[],
): WorkloadStudies {
  const { dataset, model } = studies[0]!;
  const tables = new Map<string, StudyTable>();
  return {
    workload: { dataset, model },
    evidence,
    parameters: studies.find((it) => it.parameters)?.parameters,
    table(experiment) {
      const study = studies.find((it) => it.experiment === experiment);
      if (study === undefined) return undefined;
      const table = tables.get(experiment) ?? studyTable(study, evidence);
      tables.set(experiment, table);
      return table;
    },
  };
}

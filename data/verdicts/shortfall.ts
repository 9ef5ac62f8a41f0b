/** What keeps a claim's studies from a verdict, in words. */
import type { Stage } from "./parts.ts";
import { isGrowing } from "./responses.ts";
import { type StudyTable, type Trial, trialsOf } from "./study_table.ts";
import type { WorkloadStudies } from "./workload_studies.ts";

/** Runs that a verdict stands on. */
export interface Need {
  readonly experiment: string;
  readonly stage: Stage;
  readonly arms: readonly string[];
  /** Whether a study may do without the stage altogether. */
  readonly optional?: boolean;
}

/** What is missing, or null if nothing is: whole studies first, then what they lack. */
export function shortfall(
  studies: WorkloadStudies,
  needs: readonly Need[],
): string | null {
  const names = [...new Set(needs.map(({ experiment }) => experiment))];
  const absent = names.filter((name) => studies.table(name) === undefined);
  if (absent.length > 0) {
    return `${absent.join(", ")} ${absent.length > 1 ? "were" : "was"} not run`;
  }
  const gaps = needs.flatMap((need) =>
    gapOf(studies.table(need.experiment)!, need) ?? []
  );
  if (gaps.length > 0) return [...new Set(gaps)].join("; ");
  const data = new Set(names.flatMap((name) => studies.table(name)!.data));
  return data.size > 1
    ? `${names.join(" and ")} were trained on unlike data`
    : null;
}

function gapOf(table: StudyTable, need: Need): string | null {
  const { experiment, stage, arms, optional } = need;
  if (table.data.length > 1) {
    return `the runs of ${experiment} are of ${table.data.length} data sets`;
  }
  const absent = arms.filter((arm) =>
    !optional && trialsOf(table, arm, [stage]).length === 0
  );
  if (absent.length > 0) {
    return `${experiment} has no ${stage} runs of ${absent.join(", ")}`;
  }
  const trials = arms.flatMap((arm) => trialsOf(table, arm, [stage]));
  return lostOf(trials, need) ?? growingOf(table, need);
}

function lostOf(
  trials: readonly Trial[],
  { experiment, stage }: Need,
): string | null {
  const lost = (["missing", "failed", "unscored"] as const).flatMap((fate) => {
    const { length } = trials.filter((trial) => trial.fate === fate);
    return length > 0 ? `${length} ${fate}` : [];
  });
  return lost.length === 0
    ? null
    : `${experiment}: of ${trials.length} ${stage} runs ${lost.join(", ")}`;
}

function growingOf(
  table: StudyTable,
  { experiment, stage, arms }: Need,
): string | null {
  if (stage !== "tune" && stage !== "decay tune") return null;
  const growing = arms.filter((arm) => isGrowing(table, arm, stage));
  return growing.length === 0
    ? null
    : `${experiment}: the grid of ${
      growing.join(", ")
    } is still to be extended`;
}

/** What keeps a claim's studies from a verdict, in words. */
import type { Stage } from "./parts.ts";
import { isGrowing, withoutDecay } from "./responses.ts";
import { type StudyTable, trialsOf } from "./study_table.ts";
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
  const byExperiment = Map.groupBy(needs, ({ experiment }) => experiment);
  const names = [...byExperiment.keys()];
  const absent = names.filter((name) => studies.table(name) === undefined);
  if (absent.length > 0) return `no study of ${absent.join(", ")}`;
  const gaps = [...byExperiment].flatMap(([name, ofOne]) => {
    const found = gapsIn(studies.table(name)!, ofOne);
    return found.length > 0 ? `${name}: ${found.join(", ")}` : [];
  });
  if (gaps.length > 0) return gaps.join("; ");
  const data = new Set(names.flatMap((name) => studies.table(name)!.data));
  return data.size > 1
    ? `${names.join(" and ")} were trained on unlike data`
    : null;
}

function gapsIn(table: StudyTable, needs: readonly Need[]): string[] {
  const { length } = table.data;
  if (length > 1) return [`its runs are of ${length} unlike data sets`];
  return needs.flatMap((need) =>
    unplanned(table, need) ?? lost(table, need) ?? growing(table, need) ?? []
  );
}

function unplanned(table: StudyTable, need: Need): string | null {
  const { stage, arms, optional } = need;
  const absent = arms.filter((arm) => needed(table, arm, stage).length === 0);
  if (absent.length === 0 || optional) return null;
  const of = absent.length < arms.length ? ` of ${absent.join(", ")}` : "";
  const other = absent.some((arm) => trialsOf(table, arm, [stage]).length > 0);
  return `no ${stage} runs${of}${other ? " without weight decay" : ""}`;
}

function lost(table: StudyTable, { stage, arms }: Need): string | null {
  const trials = arms.flatMap((arm) => needed(table, arm, stage));
  const counts = (["missing", "failed", "unscored"] as const).flatMap(
    (fate) => {
      const { length } = trials.filter((trial) => trial.fate === fate);
      return length > 0 ? `${length} ${fate}` : [];
    },
  );
  return counts.length === 0
    ? null
    : `${counts.join(", ")} of ${trials.length} ${stage} runs`;
}

function needed(table: StudyTable, arm: string, stage: Stage) {
  const trials = trialsOf(table, arm, [stage]);
  const bare = stage === "tune" || stage === "edge";
  return bare ? withoutDecay(trials) : trials;
}

function growing(table: StudyTable, { stage, arms }: Need): string | null {
  if (stage !== "tune" && stage !== "decay tune") return null;
  const found = arms.filter((arm) => isGrowing(table, arm, stage));
  if (found.length === 0) return null;
  return `the grid of ${found.join(", ")} is still to be extended`;
}

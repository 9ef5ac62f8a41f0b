/**
 * What the studies of data/studies/standard.jsonl.gz do not declare: title, arms, comparisons and
 * figures. All since carry them, and nothing is added here for them.
 */
import type { Study, StudyArm } from "./record.ts";
import { ARMS, compared } from "./roles.ts";

/** A study with all that pages and verdicts take from it. */
export type DeclaredStudy =
  & Study
  & Required<Pick<Study, "title" | "arms" | "comparisons" | "figures">>;

/** The study with what it declares itself; else with what is known of its experiment. */
export function declared(study: Study): DeclaredStudy {
  const { experiment, title, arms, comparisons, figures } = study;
  // A study that declares its arms declares all there is: it may have no comparison and no figure.
  const isOld = arms === undefined && experiment === "learning_rate";
  return {
    ...study,
    title: title ?? titleOf(experiment),
    arms: arms ?? armsOf(study),
    comparisons: comparisons ?? (isOld ? COMPARISONS : []),
    figures: figures ?? (isOld ? ["edge_of_breaking", "score_comparison"] : []),
  };
}

const COMPARISONS = compared("report", [
  ["SING, best listed rate against its own", ARMS.singListed, ARMS.sing],
]);

/** The arms of its cases, in their order; their names begin with their optimizer's. */
function armsOf({ cases }: Study): StudyArm[] {
  return [...new Set(cases.map(({ arm }) => arm))].map((name) => ({
    name,
    label: OLD_LABELS.get(name) ?? name,
    optimizer: name.split(" ")[0]!,
  }));
}

/** Labels of the arms that those studies have. */
export const OLD_LABELS: ReadonlyMap<string, string> = new Map([
  [ARMS.sing, "SING"],
  [ARMS.singListed, "SING listed"],
  [ARMS.adamw, "AdamW"],
  [ARMS.adamwSlowed, "AdamW slowed"],
  [ARMS.adamwLookahead, "AdamW + LookAhead"],
  [ARMS.lion, "Lion"],
]);

function titleOf(experiment: string): string {
  const words = experiment.replaceAll("_", " ").trim() || experiment;
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

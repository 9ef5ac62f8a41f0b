import { describeScoreComparison } from "../charts/describe_score_comparison.ts";
import { scoreComparison } from "../charts/score_comparison.ts";
import { comparisonsOf, type ScoreComparison } from "../comparisons.ts";
import type { StudyTable } from "../../data/verdicts/study_table.ts";
import type { Content } from "../html.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** What each experiment's comparison asks. */
const titles: ReadonlyMap<string, string> = new Map([
  ["learning_rate", "What the listed learning rates cost"],
  ["weight_decay", "What the listed points cost"],
  ["schedule", "Schedules against a constant learning rate"],
  ["layer_norm", "LayerNorm and LayerScale frozen, or exempt"],
  ["rule", "What following the rule costs"],
  ["final", "SING against AdamW on the test split"],
]);

/** The experiment's differences of scores, seed by seed; nothing where it compares none. */
export async function comparisonSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const title = titles.get(table.study.experiment);
  const comparisons = comparisonsOf(table);
  if (title === undefined || comparisons.length === 0) return null;
  const spec = scoreComparison(comparisons);
  if (!spec) return absentFigure(title, whyAbsent(comparisons));
  return await renderFigure({
    id: `${id}-comparison`,
    title,
    reading:
      "Small points are seeds, each trained in both ways; the large point is their mean, the bar its 90% interval. Right of 0 the first way has more loss. Dashed: the margins of “not worse”, of which 0.02 counts.",
    inNumbers: describeScoreComparison(comparisons),
    spec,
  });
}

function whyAbsent(comparisons: readonly ScoreComparison[]): string {
  const stage = comparisons[0]?.stage ?? "report";
  return comparisons.every(({ planned }) => planned === 0)
    ? `No ${stage} run is planned: this profile leaves them out, or what they stand on is not done yet.`
    : `No seed of the ${stage} stage has both runs of a comparison yet.`;
}

import type { StudyTable } from "../../data/verdicts/study_table.ts";
import { ablationOf } from "../ablation.ts";
import { describeSwitchMatrix } from "../charts/describe_switch_matrix.ts";
import { switchMatrix } from "../charts/switch_matrix.ts";
import type { Content } from "../html.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** SING's sixteen combinations of switches, each at its own best learning rate. */
export async function ablationSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const title = "What each switch does";
  const arms = ablationOf(table);
  const spec = switchMatrix(arms);
  if (!spec) {
    return absentFigure(
      title,
      "No report run has finished yet: the arms are still being tuned.",
    );
  }
  return await renderFigure({
    id: `${id}-switches`,
    title,
    reading:
      "A row is an arm: filled circles are switches that are on. Small points are seeds of the report stage at the arm's own best learning rate, the large point is their mean, where none diverged; the lowest mean stands on top. All four on is SING, none is like AdamW, all but normalize is like Ranger. No claim rests on this.",
    inNumbers: describeSwitchMatrix(arms),
    spec,
  });
}

import { arms } from "../../data/verdicts/parts.ts";
import type { StudyTable } from "../../data/verdicts/study_table.ts";
import { armLabel } from "../charts/arm_style.ts";
import { describeLossSurface } from "../charts/describe_loss_surface.ts";
import { lossRange, lossSurface } from "../charts/loss_surface.ts";
import type { Content } from "../html.ts";
import { placeByRule, surfaceOf } from "../surface.ts";
import { progressOf } from "../trials.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** Loss by learning rate and weight decay, a figure an optimizer, in colours of one range. */
export async function surfaceSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const surfaces = [arms.sing, arms.adamw].map((arm) => ({
    arm,
    surface: surfaceOf(table, arm),
  }));
  const colours = lossRange(surfaces.flatMap(({ surface }) => surface ?? []));
  const adamw = surfaces.find(({ arm }) => arm === arms.adamw)?.surface?.own;
  const figures: Content[] = [];
  for (const { arm, surface } of surfaces) {
    const title = `Loss of ${armLabel(arm)} by learning rate and weight decay`;
    if (!surface) {
      const progress = progressOf(table, arm, ["decay tune"]);
      figures.push(absentFigure(title, `Nothing to draw yet: ${progress}.`));
      continue;
    }
    const byRule = arm === arms.sing && adamw ? placeByRule(adamw) : null;
    figures.push(
      await renderFigure({
        id: `${id}-surface-${arm}`,
        title,
        measure: "weight decay, 0 in a row of its own",
        reading: arm === arms.sing ? readings.sing : readings.adamw,
        inNumbers: describeLossSurface(surface, byRule),
        spec: lossSurface(surface, { colours, byRule }),
      }),
    );
  }
  return figures;
}

const cells =
  "Each cell is the mean over seeds; a cross marks runs that diverged. The line joins the best learning rates at each weight decay; the large circle is where tuning by the procedure ends.";

const readings = {
  sing:
    `${cells} The diamond is the point that the rule of thumb names: ten times AdamW's own learning rate and a tenth of its weight decay. Circles in colour are the points that SING's README lists.`,
  adamw: cells,
};

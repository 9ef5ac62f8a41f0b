import { arms } from "../../data/verdicts/parts.ts";
import type { StudyTable } from "../../data/verdicts/study_table.ts";
import { breakingOf } from "../breaking.ts";
import { brokenRate } from "../charts/broken_rate.ts";
import { describeBrokenRate } from "../charts/describe_broken_rate.ts";
import type { Content } from "../html.ts";
import { progressOf } from "../trials.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** Where SING breaks: how near below that its best learning rate lies (H3). */
export async function edgeSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const title = "Where SING breaks";
  const breaking = breakingOf(table, arms.sing);
  if (!breaking) {
    const progress = progressOf(table, arms.sing, ["tune", "edge"]);
    return absentFigure(title, `Not to be seen yet: ${progress}.`);
  }
  if (breaking.best.length === 0) {
    const why =
      "Every run diverged: there is no best rate for an edge to lie above.";
    return absentFigure(title, why);
  }
  return await renderFigure({
    id: `${id}-edge`,
    title,
    measure: "share of seeds that broke",
    reading:
      "A run is broken if it diverged, or gave back at least half of what the best rate gains over no training. Points are shares of seeds with Wilson's 95% interval. In the strip: each seed's best learning rate (circles) and the edge above which it breaks (crosses).",
    inNumbers: describeBrokenRate(breaking),
    spec: brokenRate(breaking),
  });
}

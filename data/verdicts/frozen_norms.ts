/** H7: LayerNorm and LayerScale frozen against learnt, for either optimizer. */
import { scorePart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { compareReports } from "./report_scores.ts";

export const readFrozenNorms: Reader = (claim, studies) => {
  const experiment = "layer_norm";
  const table = studies.table(experiment);
  const part = (name: string, candidate: string, reference: string) => {
    const comparison = compareReports(table, { candidate, reference });
    return scorePart(name, comparison, claim.band!);
  };
  const all = [arms.sing, arms.singFrozen, arms.adamw, arms.adamwFrozen];
  return reading(claim, studies, {
    parts: [
      part("SING, frozen against learnt", arms.singFrozen, arms.sing),
      part("AdamW, frozen against learnt", arms.adamwFrozen, arms.adamw),
    ],
    needs: [
      { experiment, stage: "tune", arms: all },
      { experiment, stage: "report", arms: all },
    ],
  });
};

/** H5: SING's two schedules against a constant rate, each at its own best rate. */
import { scorePart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { compareReports } from "./report_scores.ts";

export const readSchedules: Reader = (claim, studies) => {
  const experiment = "schedule";
  const table = studies.table(experiment);
  const part = (name: string, candidate: string) => {
    const reference = arms.singConstant;
    const comparison = compareReports(table, { candidate, reference });
    return scorePart(name, comparison, claim.band!);
  };
  const all = [arms.singCosine, arms.singConstantCosine, arms.singConstant];
  return reading(claim, studies, {
    parts: [
      part("cosine decay, against a constant rate", arms.singCosine),
      part(
        "constant, then cosine decay, against a constant rate",
        arms.singConstantCosine,
      ),
    ],
    needs: [
      { experiment, stage: "tune", arms: all },
      { experiment, stage: "report", arms: all },
    ],
  });
};

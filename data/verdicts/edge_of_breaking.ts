/** H3: how far SING's best learning rate lies below the one that breaks. */
import { edgeDistance, edgesOf } from "../statistics/edge.ts";
import { growth } from "../statistics/grid.ts";
import { locate } from "../statistics/location.ts";
import type { Response } from "../statistics/response.ts";
import { decadesPart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { learningRateResponse } from "./responses.ts";
import { trialsOf } from "./study_table.ts";

/** The tune grid alone is no search, even where all of it broke: a profile may end with it. */
export const readEdgeOfBreaking: Reader = (claim, studies) => {
  const experiment = "learning_rate";
  const table = studies.table(experiment);
  const arm = learningRateResponse(table, arms.sing, ["tune", "edge"]);
  const later = trialsOf(table, arms.sing, ["edge", "listed", "report"]);
  const searched = arm !== null && later.length > 0 && isSearched(arm);
  const finding = edgeDistance(searched ? arm : null);
  const name = "edge of breaking, against the best learning rate";
  return reading(claim, studies, {
    parts: [decadesPart(name, finding, claim.band!)],
    needs: [
      { experiment, stage: "tune", arms: [arms.sing] },
      { experiment, stage: "edge", arms: [arms.sing], optional: true },
    ],
    unfinished: searched
      ? null
      : later.length === 0
      ? "no search for the edge"
      : "the search for the edge has not ended",
  });
};

/** Whether every seed has an edge, or the grid reaches as far as it is sought. */
function isSearched(arm: Response): boolean {
  const optima = locate(arm).optima.map(({ position }) => position);
  return growth(arm, edgesOf(arm), optima) === null;
}

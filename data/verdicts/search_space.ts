/** H4: whether the README's lists of values hold what SING needs. */
import { searchSpaces } from "../statistics/claims.ts";
import { insideRange } from "../statistics/listing.ts";
import type { Response } from "../statistics/response.ts";
import { judgedPart, scorePart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { compareReports } from "./report_scores.ts";
import { learningRateResponse, weightDecayResponse } from "./responses.ts";
import type { Need } from "./shortfall.ts";

const listedAgainstOwn = { candidate: arms.singListed, reference: arms.sing };

const needs: readonly Need[] = [
  ["learning_rate", "tune"] as const,
  ["weight_decay", "decay tune"] as const,
].flatMap(([experiment, stage]): Need[] => [
  { experiment, stage, arms: [arms.sing] },
  { experiment, stage: "listed", arms: [arms.sing] },
  { experiment, stage: "report", arms: [arms.sing, arms.singListed] },
]);

export const readSearchSpace: Reader = (claim, studies) => {
  const rates = studies.table("learning_rate");
  const decays = studies.table("weight_decay");
  return reading(claim, studies, {
    parts: [
      insidePart("learningRate", learningRateResponse(rates, arms.sing)),
      scorePart(
        "best listed learning rate, against the best",
        compareReports(rates, listedAgainstOwn),
        claim.band!,
      ),
      insidePart("weightDecay", weightDecayResponse(decays, arms.sing)),
      scorePart(
        "best listed pair, against the best",
        compareReports(decays, listedAgainstOwn),
        claim.band!,
      ),
    ],
    needs,
  });
};

function insidePart(list: keyof typeof searchSpaces, arm: Response | null) {
  const values = searchSpaces[list];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const words = `between ${low.toExponential()} and ${high.toExponential()}`;
  const what = list === "learningRate" ? "learning rate" : "weight decay";
  return judgedPart(`best ${what}`, insideRange(arm, values), words);
}

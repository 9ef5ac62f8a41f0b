/** H2: SING's best weight decay against AdamW's. */
import { optimaDifference } from "../statistics/difference.ts";
import { holds } from "./best_learning_rate.ts";
import { decadesPart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { weightDecayResponse } from "./responses.ts";
import { regretOfRule } from "./rule_regret.ts";

const name = "best weight decay, SING against AdamW";

export const readBestWeightDecay: Reader = (claim, studies) => {
  const table = studies.table("weight_decay");
  const finding = optimaDifference(
    weightDecayResponse(table, arms.sing),
    weightDecayResponse(table, arms.adamw),
  );
  const needs = [{
    experiment: "weight_decay",
    stage: "decay tune",
    arms: [arms.sing, arms.adamw],
  }] as const;
  return reading(claim, studies, {
    parts: [decadesPart(name, finding, claim.band!)],
    needs,
    rest: {
      secondRecords: [decadesPart(name, finding, claim.narrowBand!)],
      holdsTenfold: holds(finding, -1),
      regret: regretOfRule(studies, table, "learning rate and weight decay"),
    },
  });
};

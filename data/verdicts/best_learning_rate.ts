/** H1: SING's best learning rate against AdamW's. */
import type { NamedBand } from "../statistics/claims.ts";
import { optimaDifference } from "../statistics/difference.ts";
import { contains } from "../statistics/estimate.ts";
import type { Finding } from "../statistics/finding.ts";
import { predictedRatio } from "../statistics/mechanism.ts";
import { decadesPart } from "./part.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import { learningRateResponse, responseAtOwnDecay } from "./responses.ts";
import { regretOfRule } from "./rule_regret.ts";
import { tableAlike, type WorkloadStudies } from "./workload_studies.ts";

const name = "best learning rate, SING against AdamW";

export const readBestLearningRate: Reader = (claim, studies) => {
  const table = studies.table("learning_rate");
  const finding = optimaDifference(
    learningRateResponse(table, arms.sing),
    learningRateResponse(table, arms.adamw),
  );
  const needs = [{
    experiment: "learning_rate",
    stage: "tune",
    arms: [arms.sing, arms.adamw],
  }] as const;
  return reading(claim, studies, {
    parts: [decadesPart(name, finding, claim.band!)],
    needs,
    rest: {
      secondRecords: [
        decadesPart(name, finding, claim.narrowBand!),
        atOwnDecays(studies, claim.band!),
      ],
      holdsTenfold: holds(finding, 1),
      predicted: predictionFor(studies),
      regret: regretOfRule(studies, table, "learning rate"),
    },
  });
};

/** Whether the 90% interval holds a value; null without an interval. */
export function holds(finding: Finding, value: number): boolean | null {
  return finding.kind === "estimate"
    ? contains(finding.estimate.interval90, value)
    : null;
}

function atOwnDecays(studies: WorkloadStudies, band: NamedBand) {
  const table = tableAlike(
    studies,
    "weight_decay",
    studies.table("learning_rate"),
  );
  const finding = optimaDifference(
    responseAtOwnDecay(table, arms.sing),
    responseAtOwnDecay(table, arms.adamw),
  );
  return decadesPart(`${name}, each at its own weight decay`, finding, band);
}

function predictionFor({ parameters }: WorkloadStudies): number | null {
  const ratio = predictedRatio(parameters?.map(({ shape }) => shape) ?? []);
  return ratio === null ? null : Math.log10(ratio);
}

/**
 * Are the schedules that SING's README recommends no worse than a constant learning rate?  (claim H5)
 *
 *     deno run -A experiments/schedule.ts --profile standard
 *
 * SING with 5% of linear warmup, followed by a constant rate, by cosine decay, or by 60% of constant
 * rate and then cosine decay: each with a learning rate tuned for itself, then compared on fresh
 * seeds.
 *
 * Result so far, on fashion-mnist-subset (the first 4000 training images of fashion-mnist-subset;
 * no augmentation), by a machine with Intel(R) Xeon(R) Processor (cnn: residual CNN, stages of
 * 32, 64, 160 channels, 1 block each; vit: Vision Transformer, patch 7, width 192, depth 2, 3
 * heads). H5 with cnn: cosine decay, against a constant rate: loss -1.4% (90% interval -4.5% to
 * +1.8%), 12 seeds of up to 28; constant, then cosine decay, against a constant rate: loss -4.3%
 * (90% interval -9.8% to +1.5%), 8 seeds of up to 28. H5 with vit: cosine decay, against a
 * constant rate: loss +3.9% (90% interval +2.7% to +5.1%), 28 seeds of up to 28; constant, then
 * cosine decay, against a constant rate: loss -0.9% (90% interval -3.7% to +1.9%), 8 seeds of up
 * to 28.
 *
 * Page: schedule.html.
 */
import { ARMS, compared } from "../data/runs/roles.ts";
import {
  LESS_THAN_2_PERCENT_MORE_LOSS,
  questionsOf,
} from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  changed,
  type Experiment,
  scoutedVariant,
} from "./harness/experiment.ts";
import { report, tune } from "./harness/tuning.ts";
import { setting, sing } from "./learning_rate.ts";
import { FULL, STANDARD } from "./profiles.ts";

const constant = scoutedVariant(sing, ARMS.singConstant, "SING constant", {
  schedule: "warmup-constant",
});
const cosine = scoutedVariant(sing, ARMS.singCosine, "SING cosine", {
  schedule: "warmup-cosine",
});
const both = scoutedVariant(
  sing,
  ARMS.singConstantCosine,
  "SING constant, then cosine",
  { schedule: "warmup-constant-cosine" },
);
const SCHEDULES = [constant, cosine, both];

export const schedule: Experiment = {
  name: "schedule",
  title: "Schedule",
  question: "Are the recommended schedules no worse than a constant rate?",
  claims: { H5: LESS_THAN_2_PERCENT_MORE_LOSS }, // against the constant rate
  setting: changed(setting, { datasets: ["fashion-mnist-subset"] }),
  profiles: { standard: STANDARD, full: FULL },
  arms: armsOf(SCHEDULES),
  comparisons: compared("report", [
    ["cosine against constant", ARMS.singCosine, ARMS.singConstant],
    [
      "constant, then cosine against constant",
      ARMS.singConstantCosine,
      ARMS.singConstant,
    ],
  ]),
  figures: ["score_comparison"],

  *stages(plan) {
    yield {
      cases: [],
      says: [
        "Schedules, after the warmup: a constant rate; cosine decay to 0; a constant rate for 60% of all steps and then cosine decay.",
      ],
    };
    const questions = questionsOf("schedule");
    const tuned = yield* tune(plan, SCHEDULES, { questions });
    const what = "each schedule at its own best learning rate";
    yield* report(plan, Object.values(tuned), what, { questions });
  },
};

if (import.meta.main) await runScript(schedule);

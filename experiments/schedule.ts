/**
 * Are the schedules that SING's README recommends no worse than a constant learning rate?  (claim H5)
 *
 *     deno run -A experiments/schedule.ts --profile standard
 *
 * SING with 5% of linear warmup, followed by a constant rate, by cosine decay, or by 60% of constant
 * rate and then cosine decay: each with a learning rate tuned for itself, then compared on fresh
 * seeds.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                         CIFAR-10 CNN  CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     H5 cosine           +2.8%, n 20   +2.1%, n 28   -1.4%, n 12        +3.9%, n 28
 *     H5 constant cosine  +0.2%, n 8    +0.1%, n 8    -4.3%, n 8         -0.9%, n 8
 * Cost: 780 runs, with those that others share; 2.6 h of one process.
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
import { FULL, STANDARD } from "./harness/profiles.ts";

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

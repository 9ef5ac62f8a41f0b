/**
 * Are the schedules that SING's README recommends no worse than a constant learning rate?  (claim H5)
 *
 *     deno run -A experiments/schedule.ts --profile standard
 *
 * SING with 5% of linear warmup, followed by a constant rate, by cosine decay, or by 60% of constant
 * rate and then cosine decay: each with a learning rate tuned for itself, then compared on fresh
 * seeds.
 *
 * Standard profile: 10 seeds to tune, 20 to compare. Page: schedule.html.
 */
import { arms } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import { type Experiment, singWith } from "./harness/experiment.ts";
import {
  byName,
  describeReport,
  describeTraining,
  describeTuning,
  report,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import { isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

const ARMS = [
  singWith(arms.singConstant, { schedule: "warmup-constant" }),
  singWith(arms.singCosine, { schedule: "warmup-cosine" }),
  singWith(arms.singConstantCosine, { schedule: "warmup-constant-cosine" }),
];

export const schedule: Experiment = {
  name: "schedule",
  question: "Are the recommended schedules no worse than a constant rate?",
  config: TRAINING,

  workloads: (profile) => isThorough(profile) ? workloadsOf(profile) : [],

  expectedRuns(profile, _workload, overrides) {
    const sizes = sizesOf(profile, overrides);
    return ARMS.length * (tuningRuns(sizes) + sizes.reportSeeds);
  },

  method({ base, profile, overrides }) {
    const sizes = sizesOf(profile, overrides);
    return [
      ...describeTraining(base),
      "Schedules, after the warmup: a constant rate; cosine decay to 0; a constant rate for 60% of all steps and then cosine decay.",
      ...describeTuning(sizes),
      describeReport(sizes, "each schedule at its own best learning rate"),
    ];
  },

  *stages(plan) {
    const sizes = sizesOf(plan.profile, plan.overrides);
    const tuned = yield* tune(plan, byName(ARMS), sizes);
    yield* report(plan, Object.values(tuned), [], sizes);
  },
};

if (import.meta.main) await runScript(schedule);

/**
 * Is SING's best weight decay ten times lower than AdamW's, and do the listed values hold what SING
 * needs?  (claim H2, and H4's second half)
 *
 *     deno run -A experiments/weight_decay.ts --profile standard
 *
 * Weight decay and learning rate pull at each other, so they are tuned together: at every weight
 * decay the five learning rates nearest an optimizer's best one. SING's sixteen listed pairs are run
 * as they are, and fresh seeds compare the best of them with SING's own best pair.
 *
 * Standard profile: 10 seeds; hours on two cores. Page: weight_decay.html.
 */
import { arms } from "../data/runs/roles.ts";
import { searchSpaces } from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  TUNED_ADAMW,
  TUNED_SING,
} from "./harness/experiment.ts";
import {
  chooseListed,
  describeDecayTuning,
  describeReport,
  describeTraining,
  describeTuning,
  jointTuningRuns,
  report,
  tune,
  tuneDecay,
} from "./harness/tuning.ts";
import { isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

const LISTED = searchSpaces.learningRate.length *
  searchSpaces.weightDecay.length;

export const weightDecay: Experiment = {
  name: "weight_decay",
  question: "Is SING's best weight decay ten times lower than AdamW's?",
  config: TRAINING,

  workloads: (profile) => isThorough(profile) ? workloadsOf(profile) : [],

  expectedRuns(profile, _workload, overrides) {
    const sizes = sizesOf(profile, overrides);
    return jointTuningRuns(sizes) + LISTED * sizes.tuneSeeds +
      2 * sizes.reportSeeds;
  },

  method({ base, profile, overrides }) {
    const sizes = sizesOf(profile, overrides);
    return [
      ...describeTraining(base),
      ...describeTuning(sizes),
      describeDecayTuning(sizes),
      "Listed: the sixteen pairs of SING's README, with the tune seeds.",
      describeReport(
        sizes,
        "SING at its own best pair, and at the best listed one",
      ),
    ];
  },

  *stages(plan) {
    const sizes = sizesOf(plan.profile, plan.overrides);
    const both = { adamw: TUNED_ADAMW, sing: TUNED_SING };
    const tuned = yield* tune(plan, both, sizes);
    const best = yield* tuneDecay(plan, tuned, sizes);
    if (!best) return;
    const listed = yield* chooseListed(plan, tuned.sing, arms.singListed, {
      learningRates: searchSpaces.learningRate,
      weightDecays: searchSpaces.weightDecay,
    }, sizes);
    yield* report(plan, [best.sing, listed], [], sizes);
  },
};

if (import.meta.main) await runScript(weightDecay);

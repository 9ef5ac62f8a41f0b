/**
 * What does it cost to follow the rule instead of tuning SING?  (stands beside claims H1 and H2)
 *
 *     deno run -A experiments/rule.ts --profile standard
 *
 * Fresh seeds compare SING at exactly ten times tuned AdamW's learning rate with SING at its own;
 * then, with weight decay tuned too, SING at ten times the learning rate and a tenth of the weight
 * decay with SING at its own pair.
 *
 * Standard profile: 10 seeds to tune, 20 to compare. Page: rule.html.
 */
import { arms } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  SING,
  TUNED_ADAMW,
  TUNED_SING,
} from "./harness/experiment.ts";
import {
  describeDecayTuning,
  describeReport,
  describeTraining,
  describeTuning,
  jointTuningRuns,
  multiple,
  report,
  tune,
  tuneDecay,
} from "./harness/tuning.ts";
import { isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

/** Of AdamW's best numbers, says the README. */
const RULE = { learningRate: 10, weightDecay: 0.1 };

export const rule: Experiment = {
  name: "rule",
  question: "What does it cost to follow the rule instead of tuning SING?",
  config: TRAINING,

  workloads: (profile) => isThorough(profile) ? workloadsOf(profile) : [],

  expectedRuns(profile, _workload, overrides) {
    const sizes = sizesOf(profile, overrides);
    return jointTuningRuns(sizes) + 4 * sizes.reportSeeds;
  },

  method({ base, profile, overrides }) {
    const sizes = sizesOf(profile, overrides);
    return [
      ...describeTraining(base),
      ...describeTuning(sizes),
      describeDecayTuning(sizes),
      describeReport(
        sizes,
        "SING at its own best numbers, and at ten times AdamW's best learning rate and a tenth of its best weight decay; once without weight decay, once with",
      ),
    ];
  },

  *stages(plan) {
    const sizes = sizesOf(plan.profile, plan.overrides);
    const both = { adamw: TUNED_ADAMW, sing: TUNED_SING };
    const tuned = yield* tune(plan, both, sizes);
    const { adamw, sing } = tuned;
    yield* report(
      plan,
      [sing, {
        arm: SING,
        name: arms.singByRule,
        learningRate: multiple(adamw.learningRate, RULE.learningRate),
      }],
      [],
      sizes,
    );

    const best = yield* tuneDecay(plan, tuned, sizes);
    if (!best) return;
    const { adamw: adamwPair, sing: singPair } = best;
    yield* report(
      plan,
      [{ ...singPair, name: arms.singDecay }, {
        arm: SING,
        name: arms.singDecayByRule,
        learningRate: multiple(adamwPair.learningRate, RULE.learningRate),
        weightDecay: multiple(adamwPair.weightDecay, RULE.weightDecay),
      }],
      [],
      sizes,
    );
  },
};

if (import.meta.main) await runScript(rule);

/**
 * Which optimizer ends lower, each at its own best numbers?
 *
 *     deno run -A experiments/final.ts --profile standard
 *
 * SING and AdamW with equal budgets for tuning, then trained with seeds that nothing was chosen by
 * and evaluated on the test split: once without weight decay, once with the best of it.
 *
 * Standard profile: 10 seeds to tune, 20 to compare. Page: final.html.
 */
import { arms } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  TUNED_ADAMW,
  TUNED_SING,
} from "./harness/experiment.ts";
import {
  describeDecayTuning,
  describeTraining,
  describeTuning,
  jointTuningRuns,
  report,
  tune,
  tuneDecay,
} from "./harness/tuning.ts";
import { isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

export const final: Experiment = {
  name: "final",
  question: "Which optimizer ends lower, each at its own best numbers?",
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
      `Final: ${sizes.reportSeeds} seeds that nothing was chosen by, each optimizer at its own best numbers, evaluated on the test split.`,
    ];
  },

  *stages(plan) {
    const sizes = sizesOf(plan.profile, plan.overrides);
    const both = { adamw: TUNED_ADAMW, sing: TUNED_SING };
    const tuned = yield* tune(plan, both, sizes);
    const onTest = { ...sizes, stage: "final" } as const;
    yield* report(plan, [tuned.adamw, tuned.sing], [], onTest);
    const best = yield* tuneDecay(plan, tuned, sizes);
    if (!best) return;
    const reported = [
      { ...best.adamw, name: arms.adamwDecay },
      { ...best.sing, name: arms.singDecay },
    ];
    yield* report(plan, reported, [], onTest);
  },
};

if (import.meta.main) await runScript(final);

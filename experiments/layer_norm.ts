/**
 * When should LayerNorm and LayerScale not be learnt, and is it harmless not to?  (claims H6, H7)
 *
 *     deno run -A experiments/layer_norm.ts --profile standard
 *
 * A ViT without and one with LayerScale, each trained by SING with these layers' gains and biases
 * learnt, frozen, and learnt but exempt from SING's normalization; by AdamW learnt and frozen. Each
 * arm has its own tuned learning rate. The compared runs record the norm of every gradient at every
 * step, before the optimizer touches it: rising norms under a falling loss are the README's alarm.
 *
 * Standard profile: 10 seeds to tune, 20 to compare. Page: layer_norm.html.
 */
import { arms } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  adamwWith,
  type Experiment,
  singWith,
  TUNED_ADAMW,
  TUNED_SING,
} from "./harness/experiment.ts";
import {
  byName,
  describeReport,
  describeTraining,
  describeTuning,
  report,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import {
  isThorough,
  sizesOf,
  TRAINING,
  VIT,
  VIT_LAYER_SCALE,
  workloadsOf,
} from "./profiles.ts";

const FROZEN = { "optimizer.frozen": "rescaling" } as const;

const ARMS = [
  TUNED_SING,
  singWith(arms.singFrozen, FROZEN),
  singWith(arms.singExempt, { "optimizer.unnormalized": "rescaling" }),
  TUNED_ADAMW,
  adamwWith(arms.adamwFrozen, FROZEN),
];

export const layerNorm: Experiment = {
  name: "layer_norm",
  question: "When should LayerNorm and LayerScale not be learnt?",
  config: TRAINING,

  workloads: (profile) =>
    isThorough(profile) ? workloadsOf(profile, [VIT, VIT_LAYER_SCALE]) : [],

  expectedRuns(profile, _workload, overrides) {
    const sizes = sizesOf(profile, overrides);
    return ARMS.length * (tuningRuns(sizes) + sizes.reportSeeds);
  },

  method({ base, profile, overrides }) {
    const sizes = sizesOf(profile, overrides);
    return [
      ...describeTraining(base),
      "Frozen: gains and biases of LayerNorm, and LayerScale's gains, stay as initialized; normalization itself is still applied. Exempt: learnt, but their gradients skip SING's normalization.",
      ...describeTuning(sizes),
      describeReport(
        sizes,
        "each arm at its own best learning rate, recording the L2 norm of every parameter's gradient at each step",
      ),
    ];
  },

  *stages(plan) {
    const sizes = sizesOf(plan.profile, plan.overrides);
    const tuned = yield* tune(plan, byName(ARMS), sizes);
    const watched = { ...plan, base: { ...plan.base, gradientNorms: true } };
    yield* report(watched, Object.values(tuned), [], sizes);
  },
};

if (import.meta.main) await runScript(layerNorm);

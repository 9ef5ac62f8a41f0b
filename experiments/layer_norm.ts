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
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                  CIFAR-10 ViT  CIFAR-10 ViT with LayerScale  Fashion-MNIST ViT  Fashion-MNIST ViT with LayerScale
 *     H6, H7 sing  0.0%, n 8     +0.7%, n 8                    -0.1%, n 8         +0.1%, n 8
 *     H7 adamw     0.0%, n 8     -0.3%, n 8                    -0.2%, n 8         -1.5%, n 8
 * Cost: 1,116 runs, with those that others share; 5.4 h of one process.
 *
 * Page: layer_norm.html.
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
  vitNetwork,
} from "./harness/experiment.ts";
import { report, tune } from "./harness/tuning.ts";
import { adamw, setting, sing, VIT, VIT_OPTIONS } from "./learning_rate.ts";
import { FULL, STANDARD } from "./harness/profiles.ts";

const VIT_LAYER_SCALE = vitNetwork("vit-layerscale", 0.85, {
  ...VIT_OPTIONS,
  layerScale: 0.1, // as its authors start networks of up to 18 blocks (Touvron et al. 2021)
});

const FROZEN = { "optimizer.frozen": "rescaling" } as const;
const EXEMPT = { "optimizer.unnormalized": "rescaling" } as const;

const COMPARED = [
  sing,
  scoutedVariant(sing, ARMS.singFrozen, "SING frozen", FROZEN),
  scoutedVariant(sing, ARMS.singExempt, "SING exempt", EXEMPT),
  adamw,
  scoutedVariant(adamw, ARMS.adamwFrozen, "AdamW frozen", FROZEN),
];

export const layerNorm: Experiment = {
  name: "layer_norm",
  title: "LayerNorm",
  question: "When should LayerNorm and LayerScale not be learnt?",
  claims: {
    H6: null, // frozen gains over 1% where the alarm fires, and nowhere else
    H7: LESS_THAN_2_PERCENT_MORE_LOSS, // frozen against learnt
  },
  setting: changed(setting, {
    datasets: ["fashion-mnist-subset"],
    networks: [VIT, VIT_LAYER_SCALE],
  }),
  profiles: { standard: STANDARD, full: FULL },
  arms: armsOf(COMPARED),
  comparisons: compared("report", [
    ["SING, norms frozen against learnt", ARMS.singFrozen, ARMS.sing],
    ["AdamW, norms frozen against learnt", ARMS.adamwFrozen, ARMS.adamw],
    ["SING, norms exempt against normalized", ARMS.singExempt, ARMS.sing],
  ]),
  figures: ["score_comparison", "tensor_norms"],

  *stages(plan) {
    yield {
      cases: [],
      says: [
        "Frozen: gains and biases of LayerNorm, and LayerScale's gains, stay as initialized; normalization itself is still applied. Exempt: learnt, but their gradients skip SING's normalization.",
      ],
    };
    const questions = questionsOf("layer_norm");
    const tuned = yield* tune(plan, COMPARED, { questions });
    const watched = { ...plan, base: { ...plan.base, gradientNorms: true } };
    const what =
      "each arm at its own best learning rate, recording the L2 norm of every parameter's gradient at each step";
    yield* report(watched, Object.values(tuned), what, { questions });
  },
};

if (import.meta.main) await runScript(layerNorm);

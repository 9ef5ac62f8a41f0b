/**
 * Does weight decay matter in two passes over many images?
 *
 *     deno run -A experiments/two_passes.ts --profile standard
 *
 * Weight decay is judged where few images are passed over many times (experiments/weight_decay.ts).
 * This is the same line of decays in the training in which learning rates are judged, to show beside
 * it what the choice of the training does. No claim rests on it, so that no profile runs it by itself.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                 Fashion-MNIST CNN  Fashion-MNIST ViT
 *     H2          no optimum         no optimum
 *     H2 ceiling  0.50x, n 14        0.29x, n 6
 * Cost: 488 runs, with those that others share; 1.2 h of one process.
 *
 * Page: two_passes.html.
 */
import { questionsOf } from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import { armsOf, changed, type Experiment } from "./harness/experiment.ts";
import { tune, tuneDecay } from "./harness/tuning.ts";
import { adamw, setting, sing } from "./learning_rate.ts";
import { FULL, STANDARD } from "./harness/profiles.ts";

export const twoPasses: Experiment = {
  name: "two_passes",
  title: "Weight decay in two passes",
  question: "Does weight decay matter in two passes over many images?",
  claims: {},
  setting: changed(setting, { datasets: ["fashion-mnist-subset"] }),
  profiles: { standard: STANDARD, full: FULL },
  arms: armsOf([adamw, sing]),

  *stages(plan) {
    const questions = questionsOf("weight_decay");
    const tuned = yield* tune(plan, [adamw, sing], { questions });
    yield* tuneDecay(plan, tuned, questions);
  },
};

if (import.meta.main) await runScript(twoPasses);

/**
 * Can the instrument say yes and no where weight decay is judged?
 *
 *     deno run -A experiments/decay_controls.ts --profile standard
 *
 * The control of experiments/controls.ts in weight decay's own training: few images, many passes.
 * AdamW's runs are those of experiments/weight_decay.ts; the slowed arm's are its own.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *              CIFAR-10 CNN  CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     control  5.1x, n 14    7.7x, n 4     8.5x, n 4          7.4x, n 4
 * Cost: 436 runs, with those that others share; 3.1 h of one process.
 *
 * Page: decay_controls.html.
 */
import { controls } from "./controls.ts";
import { runScript } from "./harness/commands.ts";
import type { Experiment } from "./harness/experiment.ts";
import { CNN } from "./learning_rate.ts";
import { FULL_SETS, STANDARD } from "./harness/profiles.ts";
import { decaySetting } from "./weight_decay.ts";

export const decayControls: Experiment = {
  ...controls,
  name: "decay_controls",
  title: "Controls of weight decay",
  question: "Can the instrument say yes and no where weight decay is judged?",
  setting: decaySetting,
  profiles: {
    // One network, so that all of it stays within twelve core-hours; the published study has both.
    standard: { ...STANDARD, networks: [CNN] },
    full: FULL_SETS,
  },
};

if (import.meta.main) await runScript(decayControls);

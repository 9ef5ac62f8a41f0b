/**
 * Do the rules that come with Lion and with MARS hold?  (guests of the register)
 *
 *     deno run -A experiments/guests.ts --profile standard
 *
 * Lion's authors: learning rate 3 to 10 times smaller, weight decay 3 to 10 times larger than
 * AdamW's (Chen et al. 2023). MARS's README has SING's very rule: learning rate 10 times, weight
 * decay a tenth of AdamW's (arXiv:2411.10438). Trained as weight_decay.ts, whose runs of AdamW serve
 * here too.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                 CIFAR-10 CNN   CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     L1          3.3e-3x, n 4   0.46x, n 14   0.37x, n 6         0.42x, n 6
 *     L2          no optimum     no optimum    no optimum         no optimum
 *     L2 ceiling  invalid(edge)  2.2x, n 10    1.0x, n 6          2.5x, n 6
 *     M1          0.034x, n 8    1.5x, n 4     1.2x, n 4          1.4x, n 4
 *     M2          27x, n 6       no optimum    no optimum         no optimum
 *     M2 ceiling  invalid(edge)  0.74x, n 6    0.68x, n 6         0.81x, n 6
 * Cost: 1,468 runs, with those that others share; 9.0 h of one process.
 *
 * Page: guests.html.
 */
import {
  BETWEEN_3_AND_10_TIMES_HIGHER,
  BETWEEN_3_AND_10_TIMES_LOWER,
  BETWEEN_3_AND_32_TIMES,
  BETWEEN_3_AND_32_TIMES_LOWER,
  questionsOf,
} from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  changed,
  type Experiment,
  type ScoutedArm,
} from "./harness/experiment.ts";
import { tune, tuneDecay } from "./harness/tuning.ts";
import { adamw } from "./learning_rate.ts";
import { FULL_SETS, STANDARD } from "./harness/profiles.ts";
import { decaySetting } from "./weight_decay.ts";

export const lion = {
  arm: { name: "lion", label: "Lion", optimizer: "lion" },
  from: 1e-5, // to 1e-2
  decaysFrom: 1e-2, // to 100
} as const satisfies ScoutedArm;
const mars = {
  arm: { name: "mars", label: "MARS", optimizer: "mars" },
  from: 3.2e-4, // to 3.2e-1; its README: 3e-3 to 6e-3 on GPT-2
  decaysFrom: 1e-4, // to 1
} as const satisfies ScoutedArm;

export const guests: Experiment = {
  name: "guests",
  title: "Guests",
  question: "Do the rules that come with Lion and with MARS hold?",
  claims: { // best numbers against AdamW's
    L1: BETWEEN_3_AND_10_TIMES_LOWER,
    L2: BETWEEN_3_AND_10_TIMES_HIGHER,
    M1: BETWEEN_3_AND_32_TIMES,
    M2: BETWEEN_3_AND_32_TIMES_LOWER,
  },
  setting: changed(decaySetting, { datasets: ["fashion-mnist-subset"] }),
  profiles: { standard: STANDARD, full: FULL_SETS },
  arms: armsOf([adamw, lion, mars]),

  *stages(plan) {
    const questions = questionsOf("guests");
    const tuned = yield* tune(plan, [adamw, lion, mars], { questions });
    yield* tuneDecay(plan, tuned, questions);
  },
};

if (import.meta.main) await runScript(guests);

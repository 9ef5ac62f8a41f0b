/**
 * Which optimizer ends lower, each at its own best numbers?
 *
 *     deno run -A experiments/final.ts --profile standard
 *
 * SING and AdamW tuned by the same rule, then trained with seeds that nothing was chosen by and
 * evaluated on the test split: once without weight decay, and where it matters once with the best.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                                               CIFAR-10 CNN  CIFAR-10 ViT
 *     sing against adamw                        +48.5%, n 12  +0.1%, n 12
 *     sing with decay against adamw with decay  -3.3%, n 12   not run
 * Cost: 590 runs, with those that others share; 5.2 h of one process.
 *
 * Page: final.html.
 */
import { ARMS, compared } from "../data/runs/roles.ts";
import { questionsOf } from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  ADAMW,
  armsOf,
  changed,
  type Experiment,
  SING,
  variant,
} from "./harness/experiment.ts";
import { report, tune, tuneDecay } from "./harness/tuning.ts";
import { adamw, sing } from "./learning_rate.ts";
import { FULL_SETS, STANDARD } from "./harness/profiles.ts";
import { decaySetting } from "./weight_decay.ts";

export const final: Experiment = {
  name: "final",
  title: "Final scores",
  question: "Which optimizer ends lower, each at its own best numbers?",
  claims: {},
  setting: changed(decaySetting, { sizes: { reportSeeds: 12 } }),
  profiles: { standard: STANDARD, full: FULL_SETS },
  arms: [
    ...armsOf([adamw, sing]),
    variant(ADAMW, ARMS.adamwDecay, "AdamW with decay"),
    variant(SING, ARMS.singDecay, "SING with decay"),
  ],
  comparisons: compared("final", [
    ["no decay: SING against AdamW", ARMS.sing, ARMS.adamw],
    ["with decay: SING against AdamW", ARMS.singDecay, ARMS.adamwDecay],
  ]),
  figures: ["final_scores", "score_comparison"],

  *stages(plan) {
    const questions = questionsOf("weight_decay");
    const tuned = yield* tune(plan, [adamw, sing], { questions });
    const what = "each optimizer at its own best numbers";
    const stage = "final";
    yield* report(plan, [tuned.adamw, tuned.sing], what, { stage });
    const best = yield* tuneDecay(plan, tuned, questions);
    if (!best) return;
    const reported = [
      { ...best.adamw, name: ARMS.adamwDecay },
      { ...best.sing, name: ARMS.singDecay },
    ];
    yield* report(plan, reported, what, { stage });
  },
};

if (import.meta.main) await runScript(final);

/**
 * Is SING's best weight decay ten times lower than AdamW's, and do the listed values hold what SING
 * needs?  (claim H2, and H4's second half)
 *
 *     deno run -A experiments/weight_decay.ts --profile standard
 *
 * In two passes over many images hardly any decay helps; so few images are passed over many times.
 * How much that helps was tried with AdamW alone (experiments/pilot.ts) before any run of SING: the
 * best decay gained 2.5% of the loss on the CNN and 7% on the ViT, 2 seeds. Each optimizer runs one
 * line of decays at the learning rate that was tuned without any: how much it stands, and behind a
 * gate, which is best.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                 CIFAR-10 CNN   CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     H2          16x, n 4       no optimum    no optimum         no optimum
 *     H2 ceiling  invalid(edge)  0.65x, n 6    0.91x, n 6         0.31x, n 6
 *     H4 decay    +12.6%, n 8    not run       not run            not run
 * Cost: 950 runs, with those that others share; 6.6 h of one process.
 *
 * Page: weight_decay.html.
 */
import { ARMS, compared } from "../data/runs/roles.ts";
import {
  BETWEEN_3_AND_32_TIMES_LOWER,
  LESS_THAN_2_PERCENT_MORE_LOSS,
  LISTED_VALUES,
  questionsOf,
} from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  changed,
  type Experiment,
  SING,
  variant,
} from "./harness/experiment.ts";
import { runQuickDecays } from "./harness/quick.ts";
import { chooseListed, report, tune, tuneDecay } from "./harness/tuning.ts";
import { adamw, setting, sing } from "./learning_rate.ts";
import { FULL_SETS, QUICK, STANDARD } from "./harness/profiles.ts";

/** The pilot's 1,000 images, in as many passes as standard can afford. */
const MANY_PASSES = { trainSize: 1_000, epochs: 15, batchSize: 100 };

export const decaySetting = changed(setting, { training: MANY_PASSES });

const listed = variant(SING, ARMS.singListed, "SING listed");

export const weightDecay: Experiment = {
  name: "weight_decay",
  title: "Weight decay",
  question: "Is SING's best weight decay ten times lower than AdamW's?",
  claims: {
    H2: BETWEEN_3_AND_32_TIMES_LOWER, // SING's best decay against AdamW's
    H4: LESS_THAN_2_PERCENT_MORE_LOSS, // at the best listed pair, against SING's best
  },
  setting: decaySetting,
  profiles: { quick: QUICK, standard: STANDARD, full: FULL_SETS },
  arms: [...armsOf([adamw, sing]), listed],
  comparisons: compared("report", [
    ["SING, best listed point against its own", ARMS.singListed, ARMS.sing],
  ]),
  figures: ["loss_surface", "score_comparison"],

  *stages(plan) {
    if (plan.sizes.quick) {
      return void (yield* runQuickDecays(plan, [adamw, sing]));
    }
    const questions = questionsOf("weight_decay");
    const tuned = yield* tune(plan, [adamw, sing], { questions });
    const best = yield* tuneDecay(plan, tuned, questions);
    if (!best) return;
    const top = yield* chooseListed(plan, tuned.sing, ARMS.singListed, {
      learningRates: LISTED_VALUES.learningRate, // 5e-3 to 1e-1
      weightDecays: LISTED_VALUES.weightDecay, // 5e-4 to 5e-1
    });
    const what = "SING at its own best pair, and at the best listed one";
    yield* report(plan, [best.sing, top], what, { questions });
  },
};

if (import.meta.main) await runScript(weightDecay);

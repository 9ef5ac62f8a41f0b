/**
 * What does it cost to follow the rule instead of tuning SING?  (stands beside claims H1 and H2)
 *
 *     deno run -A experiments/rule.ts --profile standard
 *
 * Fresh seeds compare SING at exactly ten times tuned AdamW's learning rate with SING at its own;
 * then, where weight decay matters, SING at ten times the learning rate and a tenth of the weight
 * decay with SING at its own pair.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                      CIFAR-10 CNN  CIFAR-10 ViT
 *     rule             -27.9%, n 8   +0.1%, n 8
 *     rule with decay  +10.0%, n 8   not run
 * Cost: 566 runs, with those that others share; 5.1 h of one process.
 *
 * Page: rule.html.
 */
import { ARMS, compared } from "../data/runs/roles.ts";
import {
  LESS_THAN_2_PERCENT_MORE_LOSS,
  questionsOf,
} from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  type Experiment,
  SING,
  variant,
} from "./harness/experiment.ts";
import { multiple, report, tune, tuneDecay } from "./harness/tuning.ts";
import { adamw, sing } from "./learning_rate.ts";
import { FULL_SETS, STANDARD } from "./harness/profiles.ts";
import { decaySetting } from "./weight_decay.ts";

/** Of AdamW's best numbers, says the README. */
const RULE = { learningRate: 10, weightDecay: 0.1 };

export const rule: Experiment = {
  name: "rule",
  title: "The rule",
  question: "What does it cost to follow the rule instead of tuning SING?",
  claims: { // what the rule costs stands beside them
    H1: LESS_THAN_2_PERCENT_MORE_LOSS,
    H2: LESS_THAN_2_PERCENT_MORE_LOSS,
  },
  setting: decaySetting,
  profiles: { standard: STANDARD, full: FULL_SETS },
  arms: [
    ...armsOf([adamw, sing]),
    variant(SING, ARMS.singByRule, "SING by the rule"),
    variant(SING, ARMS.singDecay, "SING with decay"),
    variant(SING, ARMS.singDecayByRule, "SING with decay by the rule"),
  ],
  comparisons: compared("report", [
    ["no decay: by the rule against tuned", ARMS.singByRule, ARMS.sing],
    [
      "with decay: by the rule against tuned",
      ARMS.singDecayByRule,
      ARMS.singDecay,
    ],
  ]),
  figures: ["score_comparison"],

  *stages(plan) {
    const questions = [
      ...questionsOf("weight_decay"), // so that decays come to the same here
      ...questionsOf("rule"),
    ];
    const tuned = yield* tune(plan, [adamw, sing], { questions });
    const what =
      "SING at its own best numbers, and at ten times AdamW's best learning rate and a tenth of its best weight decay; once without weight decay, once with";
    const byRule = {
      arm: SING,
      name: ARMS.singByRule,
      learningRate: multiple(tuned.adamw.learningRate, RULE.learningRate),
    };
    yield* report(plan, [tuned.sing, byRule], what, { questions });

    const best = yield* tuneDecay(plan, tuned, questions);
    if (!best) return;
    const own = { ...best.sing, name: ARMS.singDecay };
    const pairByRule = {
      arm: SING,
      name: ARMS.singDecayByRule,
      learningRate: multiple(best.adamw.learningRate, RULE.learningRate),
      weightDecay: multiple(best.adamw.weightDecay, RULE.weightDecay),
    };
    yield* report(plan, [own, pairByRule], what, { questions });
  },
};

if (import.meta.main) await runScript(rule);

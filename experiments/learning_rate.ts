/**
 * Is SING's best learning rate ten times AdamW's, is it the highest that does not explode, and do
 * the listed rates hold it?  (claims H1, H3, and H4's first half)
 *
 *     deno run -A experiments/learning_rate.ts --profile standard
 *
 * Both optimizers train the same networks on the same images over a grid of learning rates, without
 * weight decay. Seeds are added in blocks until a planned look decides or shows that none would.
 * SING's rate then rises until every seed breaks; and fresh seeds compare the best of its four
 * listed rates, and ten times AdamW's best, with its own best.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *           CIFAR-10 CNN  CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     H1    6.6x, n 6     9.7x, n 4     5.5x, n 8          7.9x, n 4
 *     H3    43x, n 4      at least 57x  72x, n 4           11x, n 4
 *     H4    +1.2%, n 16   +0.4%, n 8    +1.5%, n 28        +1.1%, n 16
 *     rule  +0.3%, n 8    0.0%, n 8     +2.6%, n 28        +0.3%, n 12
 * Cost: 650 runs, with those that others share; 2.2 h of one process.
 *
 * Page: learning_rate.html.
 */
import { ARMS, compared } from "../data/runs/roles.ts";
import {
  BETWEEN_3_AND_32_TIMES,
  LESS_THAN_2_PERCENT_MORE_LOSS,
  LESS_THAN_3_TIMES,
  LISTED_VALUES,
  questionsOf,
} from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  ADAMW,
  armsOf,
  cnnNetwork,
  type Experiment,
  type ScoutedArm,
  type Setting,
  SING,
  variant,
  vitNetwork,
} from "./harness/experiment.ts";
import { runQuickRates } from "./harness/quick.ts";
import {
  chooseListed,
  growUntilBroken,
  isReported,
  multiple,
  report,
  tune,
  type Tuned,
} from "./harness/tuning.ts";
import { FULL, QUICK, SMOKE, STANDARD } from "./harness/profiles.ts";

/** At which claims are judged: 2R(D) is 10.4 for the CNN, 10.6 for the ViT (data/statistics/mechanism.ts). */
export const CNN = cnnNetwork("cnn", 0.62, {
  widths: [32, 64, 160],
  blocks: 1,
  stemStride: 2, // 28 -> 14 -> 7 -> 4: 12 million multiplications forward
});
export const VIT_OPTIONS = {
  grid: 4, // 16 tokens: 15 million multiplications forward
  dim: 192,
  depth: 2,
  heads: 3,
  layerScale: null,
} as const;
export const VIT = vitNetwork("vit", 0.82, VIT_OPTIONS);

/** What the other experiments share unless they say how they differ. */
export const setting: Setting = {
  datasets: ["fashion-mnist-subset", "cifar-10"],
  training: {
    revision: 1, // raised when the same fields come to mean another training
    trainSize: 4_000,
    epochs: 2,
    batchSize: 100,
    schedule: "warmup-cosine", // as SING's README recommends, with this warmup
    warmup: 0.05,
    flip: false, // two passes over the images are too few to overfit
    crop: 0,
  },
  networks: [CNN, VIT],
  plan: "night", // planned looks decide how many seeds; README, "Planned looks"
  grid: { coarse: 7, window: 5 }, // rates half a decade apart; a quarter, around the best
  looks: { tune: [4, 6, 8, 10, 14], report: [8, 12, 16, 20, 28] }, // seeds at each, in all
  sizes: { scoutSeeds: 2, tuneSeeds: 10, reportSeeds: 20 }, // of --plan fixed
};

/** Searched around what is usual for each; more is run where the best lies near an end. */
export const adamw = {
  arm: ADAMW,
  from: 1e-4, // seven, to 1e-1; default 1e-3
  quickFrom: 1e-3, // five, to 1e-1
  decaysFrom: 1e-3, // five, to 10; default 1e-2
} as const satisfies ScoutedArm;
export const sing = {
  arm: SING,
  from: 1e-3, // seven, to 1; default 5e-3
  quickFrom: 3.2e-3, // five, to 3.2e-1
  decaysFrom: 1e-4, // five, to 1; the README lists 5e-4 to 5e-1
} as const satisfies ScoutedArm;

const listed = variant(SING, ARMS.singListed, "SING listed");
const byRule = variant(SING, ARMS.singByRule, "SING by the rule");

/** Of AdamW's best learning rate, says the README. */
const RULE_RATE = 10;

const VIT_TINY = vitNetwork("vit-tiny", 5, { ...VIT_OPTIONS, depth: 12 });

export const learningRate: Experiment = {
  name: "learning_rate",
  title: "Learning rate",
  question: "Is SING's best learning rate ten times AdamW's?",
  claims: {
    H1: BETWEEN_3_AND_32_TIMES, // SING's best rate against AdamW's
    H3: LESS_THAN_3_TIMES, // from SING's best rate up to where training breaks
    H4: LESS_THAN_2_PERCENT_MORE_LOSS, // at the best listed rate, against SING's best
  },
  setting,
  profiles: {
    smoke: SMOKE,
    quick: QUICK,
    standard: STANDARD,
    full: { ...FULL, networks: [CNN, VIT, VIT_TINY] },
  },
  arms: [...armsOf([adamw, sing]), listed, byRule],
  comparisons: compared("report", [
    ["SING, best listed rate against its own", ARMS.singListed, ARMS.sing],
    [
      "SING, ten times AdamW's best rate against its own",
      ARMS.singByRule,
      ARMS.sing,
    ],
  ]),
  figures: ["edge_of_breaking", "score_comparison"],
  takesNumbers: true,

  *stages(plan) {
    const { sizes, overrides } = plan;
    const trained = [adamw, sing].filter(({ arm }) =>
      overrides.optimizers?.includes(arm.optimizer) ?? true
    );
    const decay = sizes.weightDecay ?? "none";
    yield { cases: [], says: [`Weight decay: ${decay} in every run.`] };
    if (sizes.quick) return void (yield* runQuickRates(plan, trained));
    const questions = questionsOf("learning_rate");
    const tuned: Partial<Record<string, Tuned>> = yield* tune(plan, trained, {
      questions,
    });
    const { sing: best, adamw: reference } = tuned;
    if (!best || !isReported(plan)) return;

    yield* growUntilBroken(plan, best, questions);
    const top = yield* chooseListed(plan, best, ARMS.singListed, {
      learningRates: LISTED_VALUES.learningRate, // 5e-3, 1e-2, 5e-2, 1e-1
    });
    const followed = reference && {
      arm: SING,
      name: ARMS.singByRule,
      learningRate: multiple(reference.learningRate, RULE_RATE),
    };
    const what =
      "SING at its own best learning rate, at the best listed one, and at ten times AdamW's best";
    const reported = [best, top, ...followed ? [followed] : []];
    yield* report(plan, reported, what, { questions });
  },
};

if (import.meta.main) await runScript(learningRate);

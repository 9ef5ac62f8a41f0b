/**
 * Can the instrument say yes, and can it say no?
 *
 *     deno run -A experiments/controls.ts --profile quick
 *
 * AdamW against AdamW whose learning rate is multiplied inside by 10^-0.9: its best rate is known to
 * lie 0.9 decades higher. The two arms share no seed, and the rates inside fall between the points
 * of the grid. The procedure must find 0.9, and must refute it where the rates are relabelled.
 * Plans with fixed seeds have two arms more that decide nothing: Lion, and AdamW with LookAhead.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *              CIFAR-10 CNN  CIFAR-10 ViT  Fashion-MNIST CNN  Fashion-MNIST ViT
 *     control  7.8x, n 4     6.9x, n 6     8.7x, n 6          7.1x, n 6
 * Cost: 372 runs, with those that others share; 1.0 h of one process.
 *
 * Page: controls.html.
 */
import { ARMS } from "../data/runs/roles.ts";
import { PLANTED_DECADES } from "../data/statistics/control.ts";
import { questionsOf } from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  type Experiment,
  type ScoutedArm,
  scoutedVariant,
} from "./harness/experiment.ts";
import { runQuickRates } from "./harness/quick.ts";
import { tune } from "./harness/tuning.ts";
import { switched } from "./ablation.ts";
import { lion } from "./guests.ts";
import { adamw, setting } from "./learning_rate.ts";
import { FULL, NARROW_CNN, QUICK, STANDARD } from "./harness/profiles.ts";

/** A decade above AdamW's: the inner rates are then about AdamW's own. */
const slowed = scoutedVariant(adamw, ARMS.adamwSlowed, "AdamW slowed", {
  "optimizer.learningRateScale": Number(
    (10 ** -PLANTED_DECADES).toPrecision(12),
  ),
  search: { from: 1e-3, quickFrom: 1e-2 },
});

const OTHERS: readonly ScoutedArm[] = [
  lion,
  // SING without the rest is AdamW
  switched(["lookahead"], ARMS.adamwLookahead, "AdamW + LookAhead"),
];

/** The slowed arm's seeds are its own. */
const SEED_BLOCKS = { [ARMS.adamwSlowed]: "control" } as const;

export const controls: Experiment = {
  name: "controls",
  title: "Controls",
  question: "Can the instrument say yes, and can it say no?",
  claims: {}, // they stand in front of all
  setting,
  profiles: {
    quick: { ...QUICK, networks: [NARROW_CNN] },
    standard: STANDARD,
    full: FULL,
  },
  arms: armsOf([adamw, slowed, ...OTHERS]),

  *stages(plan) {
    const { kind, sizes } = plan;
    yield {
      cases: [],
      says: [
        `Slowed AdamW: the learning rate that it is given is multiplied by 10^-${PLANTED_DECADES} inside; its seeds are others than AdamW's.`,
      ],
    };
    const pair = [adamw, slowed];
    if (sizes.quick) {
      return void (yield* runQuickRates(plan, pair, SEED_BLOCKS));
    }
    const questions = questionsOf("controls");
    yield* tune(plan, pair, { blocks: SEED_BLOCKS, questions });
    if (kind === "fixed") yield* tune(plan, OTHERS);
  },
};

if (import.meta.main) await runScript(controls);

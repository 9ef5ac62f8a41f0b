/**
 * Does the ratio of SING's best learning rate to AdamW's grow with the width of the network?
 *
 *     deno run -A experiments/width.ts --profile standard
 *
 * The project's own prediction, 2R(D) for tensors of D entries (see data/statistics/mechanism.ts),
 * says that it does, and that it is near ten only where D is near 1e5. CNNs and ViTs of several
 * widths, 2R from 3.1 to 20, are tuned with both optimizers; at one width of each also SING without
 * softplus, without LookAhead and without both, for which the prediction is 2, R and 1.
 *
 * Result so far, by Intel(R) Xeon(R) Processor:
 * The ratio of best learning rates grows with the size of the network's tensors, as predicted
 * from their shapes alone: from 2.7 times with Fashion-MNIST CNN width 32 to 15 times with
 * Fashion-MNIST ViT width 384 over 6 networks; log measured against log predicted has slope 0.90
 * (95% interval 0.56 to 1.23), where 1 is predicted and 0 would mean that the size does not
 * matter.
 * Cost: 876 runs, with those that others share; 3.1 h of one process.
 *
 * Page: mechanism.html.
 */
import { ARMS } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  changed,
  cnnNetwork,
  type Experiment,
  scoutedVariant,
  vitNetwork,
} from "./harness/experiment.ts";
import { tune } from "./harness/tuning.ts";
import { adamw, setting, sing, VIT_OPTIONS } from "./learning_rate.ts";
import { FULL, STANDARD } from "./harness/profiles.ts";

const NO_SOFTPLUS = { "optimizer.softplus": false } as const;
const NO_LOOKAHEAD = { "optimizer.lookahead": false } as const;
/** Without softplus, steps of AdamW's size. */
const SEARCH = { from: adamw.from };

const SWITCHED_OFF = [
  scoutedVariant(sing, ARMS.singNoSoftplus, "SING no softplus", {
    ...NO_SOFTPLUS,
    search: SEARCH,
  }),
  scoutedVariant(sing, ARMS.singNoLookahead, "SING no LookAhead", NO_LOOKAHEAD),
  scoutedVariant(sing, ARMS.singNeither, "SING neither", {
    ...NO_SOFTPLUS,
    ...NO_LOOKAHEAD,
    search: SEARCH,
  }),
];

/** By the channels of the last stage. */
const cnns = ([[32, 0.09], [64, 0.18], [160, 0.62]] as const).map((
  [width, ms],
) =>
  cnnNetwork(`cnn-${width}`, ms, {
    widths: width === 160 ? [32, 64, 160] : [width / 4, width / 2, width],
    blocks: 1,
    stemStride: 2,
  })
);

/** By the width of a token. */
const vits = ([[64, 0.17], [192, 0.82], [384, 2.9]] as const).map((
  [dim, ms],
) =>
  vitNetwork(`vit-${dim}`, ms, {
    ...VIT_OPTIONS,
    dim,
    heads: Math.max(1, dim / 64),
  })
);

/** Where the switches are tried too. */
const SWITCHED_AT = ["cnn-160", "vit-192"];

export const width: Experiment = {
  name: "width",
  title: "Width",
  question: "Does the ratio of the best learning rates grow with width?",
  claims: {}, // T1 came after the first plan, which it must not change
  setting: changed(setting, {
    datasets: ["fashion-mnist-subset"],
    networks: [...cnns, ...vits],
    sizes: { tuneSeeds: 5, reportSeeds: 0 },
  }),
  profiles: { standard: STANDARD, full: FULL },
  arms: armsOf([adamw, sing, ...SWITCHED_OFF]),
  figures: ["mechanism"],

  *stages(plan) {
    const extra = SWITCHED_AT.includes(plan.workload.name) ? SWITCHED_OFF : [];
    yield* tune(plan, [adamw, sing, ...extra]);
  },
};

if (import.meta.main) await runScript(width);

/**
 * Does the ratio of SING's best learning rate to AdamW's grow with the width of the network?
 *
 *     deno run -A experiments/width.ts --profile standard
 *
 * The project's own prediction, 2R(D) for tensors of D entries (see data/statistics/mechanism.ts),
 * says that it does, and that it is near ten only where D is near 1e5. CNNs and ViTs of several
 * widths are tuned with both optimizers; at the default width also SING without softplus, without
 * LookAhead and without both, for which the prediction is 2, R and 1.
 *
 * Standard profile: 5 seeds. Page: mechanism.html.
 */
import { arms } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  type Overrides,
  type Profile,
  singWith,
  TUNED_ADAMW,
  TUNED_SING,
  type Workload,
} from "./harness/experiment.ts";
import {
  byName,
  describeTraining,
  describeTuning,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import {
  isDefaultWidth,
  isThorough,
  sizesOf,
  TRAINING,
  widthsOf,
  workloadsOf,
} from "./profiles.ts";

const NO_SOFTPLUS = { "optimizer.softplus": false } as const;
const NO_LOOKAHEAD = { "optimizer.lookahead": false } as const;

const SWITCHED_OFF = [
  { ...singWith(arms.singNoSoftplus, NO_SOFTPLUS), scoutFrom: -16 }, // steps of AdamW's size
  singWith(arms.singNoLookahead, NO_LOOKAHEAD),
  {
    ...singWith(arms.singNeither, { ...NO_SOFTPLUS, ...NO_LOOKAHEAD }),
    scoutFrom: -16,
  },
];

export const width: Experiment = {
  name: "width",
  question: "Does the ratio of the best learning rates grow with width?",
  config: TRAINING,

  workloads: (profile) =>
    isThorough(profile) ? workloadsOf(profile, widthsOf(profile)) : [],

  expectedRuns(profile, workload, overrides) {
    return armsOf(workload).length *
      tuningRuns(fewerSeeds(profile, overrides));
  },

  method({ base, profile, overrides }) {
    return [
      ...describeTraining(base),
      ...describeTuning(fewerSeeds(profile, overrides)),
    ];
  },

  *stages(plan) {
    const sizes = fewerSeeds(plan.profile, plan.overrides);
    yield* tune(plan, byName(armsOf(plan.workload)), sizes);
  },
};

function armsOf(workload: Workload) {
  const both = [TUNED_ADAMW, TUNED_SING];
  return isDefaultWidth(workload) ? [...both, ...SWITCHED_OFF] : both;
}

function fewerSeeds(profile: Profile, overrides?: Overrides) {
  return sizesOf(profile, overrides, { tuneSeeds: 5, reportSeeds: 0 });
}

if (import.meta.main) await runScript(width);

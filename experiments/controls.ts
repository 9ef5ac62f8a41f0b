/**
 * Can the instrument say yes, and can it say no?
 *
 *     deno run -A experiments/controls.ts --profile quick
 *
 * AdamW against AdamW whose learning rate is multiplied inside by 10^-0.9: its best rate is known to
 * lie 0.9 decades higher. The two arms share no seed, and the rates inside fall between the points
 * of the grid. The procedure must find 0.9, and must refute it where the rates are relabelled. Two
 * more arms are reported and decide nothing: Lion, and AdamW with LookAhead.
 *
 * Quick profile: the CNN, 3 seeds. Page: controls.html.
 */
import { arms } from "../data/runs/roles.ts";
import { planted } from "../data/statistics/control.ts";
import { runScript } from "./harness/commands.ts";
import {
  adamwWith,
  type Experiment,
  type ScoutedArm,
  singSwitched,
  TUNED_ADAMW,
} from "./harness/experiment.ts";
import {
  byName,
  describeTraining,
  describeTuning,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import { CNN, isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

/** A decade above AdamW's: the inner rates are then about AdamW's own. */
const SLOWED = adamwWith(arms.adamwSlowed, {
  "optimizer.learningRateScale": Number((10 ** -planted).toPrecision(12)),
}, -12);

const OTHERS: readonly ScoutedArm[] = [
  { arm: { name: arms.lion, optimizer: "lion" }, scoutFrom: -20 }, // its authors: 3 to 10 times below AdamW
  singSwitched(["lookahead"], arms.adamwLookahead), // SING without the rest is AdamW
];

export const controls: Experiment = {
  name: "controls",
  question: "Can the instrument say yes, and can it say no?",
  config: TRAINING,

  workloads(profile) {
    if (profile === "smoke") return [];
    return workloadsOf(profile, isThorough(profile) ? undefined : [CNN]);
  },

  expectedRuns(profile, _workload, overrides) {
    const others = isThorough(profile) ? OTHERS.length : 0;
    return (2 + others) * tuningRuns(sizesOf(profile, overrides));
  },

  method({ base, profile, overrides }) {
    return [
      ...describeTraining(base),
      `Slowed AdamW: the learning rate that it is given is multiplied by 10^-${planted} inside; its seeds are others than AdamW's.`,
      ...describeTuning(sizesOf(profile, overrides)),
    ];
  },

  *stages(plan) {
    const { profile, overrides } = plan;
    const sizes = sizesOf(profile, overrides);
    const blocks = { [arms.adamwSlowed]: "control" } as const;
    yield* tune(plan, byName([TUNED_ADAMW, SLOWED]), { ...sizes, blocks });
    if (isThorough(profile)) yield* tune(plan, byName(OTHERS), sizes);
  },
};

if (import.meta.main) await runScript(controls);

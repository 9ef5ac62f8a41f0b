/**
 * Which of SING's four switches does the work?
 *
 *     deno run -A experiments/ablation.ts --profile standard
 *
 * All 16 combinations of centralization, normalization, softplus and LookAhead, each with its own
 * tuned learning rate, compared on fresh seeds. With everything off what is left is AdamW; with
 * everything but normalization it resembles Ranger. No claim rests on this: it has fewer seeds.
 *
 * Standard profile: 3 seeds to tune, 10 to compare. Page: ablation.html.
 */
import { type Switch, switches } from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  type Overrides,
  type Profile,
  singSwitched,
} from "./harness/experiment.ts";
import {
  byName,
  describeReport,
  describeTraining,
  describeTuning,
  report,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import { isThorough, sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

const ARMS = subsets(switches).map((on) => singSwitched(on));

export const ablation: Experiment = {
  name: "ablation",
  question: "Which of SING's four switches does the work?",
  config: TRAINING,

  workloads: (profile) => isThorough(profile) ? workloadsOf(profile) : [],

  expectedRuns(profile, _workload, overrides) {
    const sizes = fewerSeeds(profile, overrides);
    return ARMS.length * (tuningRuns(sizes) + sizes.reportSeeds);
  },

  method({ base, profile, overrides }) {
    const sizes = fewerSeeds(profile, overrides);
    return [
      ...describeTraining(base),
      "Arms: the 16 combinations of SING's switches. Without softplus the denominator is Adam's.",
      ...describeTuning(sizes),
      describeReport(sizes, "each arm at its own best learning rate"),
    ];
  },

  *stages(plan) {
    const sizes = fewerSeeds(plan.profile, plan.overrides);
    const tuned = yield* tune(plan, byName(ARMS), sizes);
    yield* report(plan, Object.values(tuned), [], sizes);
  },
};

function fewerSeeds(profile: Profile, overrides?: Overrides) {
  const usual = { scoutSeeds: 1, tuneSeeds: 3, reportSeeds: 10 };
  return sizesOf(profile, overrides, usual);
}

/** All subsets, the whole set first and the empty one last. */
function subsets(all: readonly Switch[]): Switch[][] {
  const [first, ...others] = all;
  if (first === undefined) return [[]];
  const rest = subsets(others);
  return [...rest.map((set) => [first, ...set]), ...rest];
}

if (import.meta.main) await runScript(ablation);

/**
 * Is SING's best learning rate ten times AdamW's, is it the highest that does not explode, and do
 * the listed rates hold it?  (claims H1, H3, and H4's first half)
 *
 *     deno run -A experiments/learning_rate.ts --profile quick
 *
 * Both optimizers train the same networks on the same images over a grid of learning rates, without
 * weight decay. A scout finds where each one's response lies; the tune stage measures it with fresh
 * seeds at nine rates centred there. SING's rate then rises until every seed breaks; its four listed
 * rates are run as they are; and fresh seeds compare the best of these with its own best.
 *
 * Quick profile: about 8 minutes on two cores, 3 seeds. Page: learning_rate.html.
 */
import { arms } from "../data/runs/roles.ts";
import { searchSpaces } from "../data/verdicts/claims.ts";
import { runScript } from "./harness/commands.ts";
import {
  type Experiment,
  TUNED_ADAMW,
  TUNED_SING,
} from "./harness/experiment.ts";
import {
  byName,
  chooseListed,
  describeReport,
  describeTraining,
  describeTuning,
  growUntilBroken,
  isReported,
  report,
  tune,
  tuningRuns,
} from "./harness/tuning.ts";
import { sizesOf, TRAINING, workloadsOf } from "./profiles.ts";

const SMOKE_RATES = [1e-3, 1e-2]; // a decade apart: enough to see that the pipe holds

export const learningRate: Experiment = {
  name: "learning_rate",
  question: "Is SING's best learning rate ten times AdamW's?",
  config: TRAINING,
  takesNumbers: true,

  workloads: (profile) => workloadsOf(profile),

  expectedRuns(profile, _workload, overrides = {}) {
    const sizes = sizesOf(profile, overrides, smokeRates(profile));
    const arms = overrides.optimizers?.length ?? 2;
    const tuning = arms * tuningRuns(sizes);
    if (!isReported(sizes)) return tuning;
    return tuning + 2 * (sizes.tuneSeeds + sizes.reportSeeds);
  },

  method({ base, profile, overrides }) {
    const sizes = sizesOf(profile, overrides, smokeRates(profile));
    return [
      ...describeTraining(base),
      `Weight decay: ${sizes.weightDecay ?? "none"} in every run.`,
      ...describeTuning(sizes),
      ...isReported(sizes)
        ? [
          "Edge: SING's learning rate rises from there in steps of a quarter decade until each seed has broken once, or two decades above its best.",
          "Listed: the four learning rates of SING's README, with the tune seeds.",
          describeReport(
            sizes,
            "SING at its own best learning rate, and at the best listed one",
          ),
        ]
        : [],
    ];
  },

  *stages(plan) {
    const { profile, overrides } = plan;
    const sizes = sizesOf(profile, overrides, smokeRates(profile));
    const compared = [TUNED_ADAMW, TUNED_SING].filter(({ arm }) =>
      overrides.optimizers?.includes(arm.optimizer) ?? true
    );
    const { sing } = yield* tune(plan, byName(compared), sizes);
    if (!sing || !isReported(sizes)) return;

    yield* growUntilBroken(plan, sing, sizes);
    const { learningRate: learningRates } = searchSpaces;
    const listed = yield* chooseListed(plan, sing, arms.singListed, {
      learningRates,
    }, sizes);
    yield* report(plan, [sing, listed], [], sizes);
  },
};

/** The smoke profile claims nothing: it needs no scout. */
function smokeRates(profile: string) {
  return profile === "smoke" ? { learningRates: SMOKE_RATES } : {};
}

if (import.meta.main) await runScript(learningRate);

/** Does SING gain from less momentum? What a new experiment takes; no part of the project's own. */
import { runScript } from "../harness/commands.ts";
import {
  armsOf,
  changed,
  type Experiment,
  scoutedVariant,
} from "../harness/experiment.ts";
import { isReported, report, tune } from "../harness/tuning.ts";
import { setting, sing } from "../learning_rate.ts";
import { SMOKE, STANDARD } from "../harness/profiles.ts";

const less = scoutedVariant(sing, "sing 0.8", "SING, beta1 0.8", {
  "optimizer.beta1": 0.8,
});
const title = "beta1 of 0.8 against 0.9";

export const momentum: Experiment = {
  name: "momentum",
  title: "Momentum",
  question: "Does SING gain from less momentum?",
  claims: {},
  setting: changed(setting, { plan: "fixed" }),
  profiles: { smoke: SMOKE, standard: STANDARD },
  arms: armsOf([sing, less]),
  comparisons: [
    { title, candidate: "sing 0.8", reference: "sing", stage: "report" },
  ],
  *stages(plan) {
    const tuned = yield* tune(plan, [sing, less]);
    if (!isReported(plan)) return;
    const what = "each at its own best learning rate";
    yield* report(plan, Object.values(tuned), what);
  },
};

if (import.meta.main) await runScript(momentum);

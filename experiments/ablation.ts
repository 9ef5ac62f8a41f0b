/**
 * Which of SING's four switches does the work?
 *
 *     deno run -A experiments/ablation.ts --profile standard
 *
 * All 16 combinations of centralization, normalization, softplus and LookAhead, each with its own
 * tuned learning rate, compared on fresh seeds. With everything off what is left is AdamW; with
 * everything but normalization it resembles Ranger. No claim rests on this: it has fewer seeds.
 *
 * Result so far, by NVIDIA H200:
 * Fashion-MNIST narrow CNN, Fashion-MNIST narrow ViT: no claim rests on it.
 * Cost: 1,280 runs, with those that others share; 0.1 h of one process.
 *
 * Page: ablation.html.
 */
import {
  type Switch,
  SWITCHES,
  switchesArm,
  switchesLabel,
} from "../data/runs/roles.ts";
import { runScript } from "./harness/commands.ts";
import {
  armsOf,
  changed,
  type Experiment,
  type ScoutedArm,
  scoutedVariant,
} from "./harness/experiment.ts";
import { report, tune } from "./harness/tuning.ts";
import { adamw, setting, sing } from "./learning_rate.ts";
import { FULL, NARROW_CNN, NARROW_VIT, STANDARD } from "./harness/profiles.ts";

/** Without softplus steps have AdamW's size; without normalization softplus makes them small. */
export function switched(
  on: readonly Switch[],
  name = switchesArm(on),
  label = switchesLabel(on),
): ScoutedArm {
  const isOn = (it: Switch) => on.includes(it);
  const from = !isOn("softplus")
    ? adamw.from
    : isOn("normalize")
    ? sing.from
    : 3.2e-3;
  const fields = SWITCHES.map((it) => [`optimizer.${it}`, isOn(it)]);
  return scoutedVariant(sing, name, label, {
    ...Object.fromEntries(fields),
    search: { from },
  });
}

const combinations = subsets(SWITCHES).map((on) => switched(on));

export const ablation: Experiment = {
  name: "ablation",
  title: "Ablation",
  question: "Which of SING's four switches does the work?",
  claims: {},
  setting: changed(setting, {
    datasets: ["fashion-mnist-subset"],
    networks: [NARROW_CNN, NARROW_VIT], // sixteen arms
    plan: "fixed",
    sizes: { scoutSeeds: 1, tuneSeeds: 3, reportSeeds: 6 },
  }),
  profiles: { standard: STANDARD, full: FULL },
  arms: armsOf(combinations),
  figures: ["ablation"],

  *stages(plan) {
    yield {
      cases: [],
      says: [
        "Arms: the 16 combinations of SING's switches. Without softplus the denominator is Adam's.",
      ],
    };
    const tuned = yield* tune(plan, combinations);
    const what = "each arm at its own best learning rate";
    yield* report(plan, Object.values(tuned), what);
  },
};

/** All subsets, the whole set first and the empty one last. */
function subsets(all: readonly Switch[]): Switch[][] {
  const [first, ...others] = all;
  if (first === undefined) return [[]];
  const rest = subsets(others);
  return [...rest.map((set) => [first, ...set]), ...rest];
}

if (import.meta.main) await runScript(ablation);

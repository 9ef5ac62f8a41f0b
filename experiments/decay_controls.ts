/**
 * Can the instrument say yes and no where weight decay is judged?
 *
 *     deno run -A experiments/decay_controls.ts --profile standard
 *
 * The control of experiments/controls.ts in weight decay's own training: few images, many passes.
 * AdamW's runs are those of experiments/weight_decay.ts; the slowed arm's are its own.
 *
 * Result so far: none, no published study ran it.
 *
 * Page: decay_controls.html.
 */
import { controls } from "./controls.ts";
import { runScript } from "./harness/commands.ts";
import type { Experiment } from "./harness/experiment.ts";
import { CNN } from "./learning_rate.ts";
import { FULL_SETS, STANDARD } from "./profiles.ts";
import { decaySetting } from "./weight_decay.ts";

export const decayControls: Experiment = {
  ...controls,
  name: "decay_controls",
  title: "Controls of weight decay",
  question: "Can the instrument say yes and no where weight decay is judged?",
  setting: decaySetting,
  profiles: {
    // One network, so that all of it stays within twelve core-hours; the published study has both.
    standard: { ...STANDARD, networks: [CNN] },
    full: FULL_SETS,
  },
};

if (import.meta.main) await runScript(decayControls);

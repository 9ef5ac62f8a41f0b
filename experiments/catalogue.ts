import { ablation } from "./ablation.ts";
import { controls } from "./controls.ts";
import { decayControls } from "./decay_controls.ts";
import { final } from "./final.ts";
import { guests } from "./guests.ts";
import type { Experiment } from "./harness/experiment.ts";
import { layerNorm } from "./layer_norm.ts";
import { learningRate } from "./learning_rate.ts";
import { rule } from "./rule.ts";
import { schedule } from "./schedule.ts";
import { weightDecay } from "./weight_decay.ts";
import { width } from "./width.ts";

/** Every experiment, in the order in which they are listed and run. */
export const EXPERIMENTS: readonly Experiment[] = [
  controls,
  learningRate,
  decayControls,
  weightDecay,
  schedule,
  layerNorm,
  ablation,
  width,
  rule,
  final,
  guests,
];

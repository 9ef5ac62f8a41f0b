import type { Experiment } from "./harness/experiment.ts";
import { learningRate } from "./learning_rate.ts";

/** Every experiment, in the order in which they are listed and run. */
export const EXPERIMENTS: readonly Experiment[] = [learningRate];

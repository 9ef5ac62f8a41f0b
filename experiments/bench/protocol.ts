/**
 * What the benchmark and its children say to each other. A child gets its order (JSON) as its only
 * argument and prints a {@link Ready} line once it is prepared: for one that takes steps, once each
 * variant is compiled and has taken its first. Then it answers each request, a line on its standard
 * input, with a line on its standard output, and ends with its input. The scripts in `peers/` speak
 * the same.
 */
import type { Memory } from "./children/memory.ts";
import type { ModelConfig } from "../models/build.ts";
import type { Variant, WORKLOAD } from "./variant.ts";

export interface Ready {
  readonly ready: true;
}

/** For a process that takes steps. */
export interface StepOrder {
  readonly workload: typeof WORKLOAD;
  /** All with the same library and thread counts, which a process fixes when it starts. */
  readonly variants: readonly Variant[];
}

export interface SliceRequest {
  /** Index of the variant in the order. */
  readonly variant: number;
  /** Steps are taken until so much time has passed, but at least three. */
  readonly seconds: number;
}

/** Steps taken one after the other, each one's loss read before the next. */
export interface TimedSlice {
  readonly steps: number;
  readonly seconds: number;
  /** Resident memory of the process at its highest so far, in bytes. */
  readonly peakMemory: number;
}

/** For a process that trains whole runs, as a worker of a sweep does, on random images. */
export interface TrainerOrder {
  readonly model: ModelConfig;
  readonly jit: "graph" | "xla";
  readonly batchSize: number;
  readonly trainSize: number;
  readonly validationSize: number;
}

export interface RunRequest {
  readonly seed: number;
  readonly epochs: number;
}

/** One run from its seed to its last evaluation. */
export interface TimedRun {
  readonly steps: number;
  readonly seconds: number;
  /** Until the loss of the first step was there. */
  readonly firstStepSeconds: number;
  /** From there to the loss of the last step. */
  readonly otherStepsSeconds: number;
  /** Of the evaluation after the last step. */
  readonly evaluationSeconds: number;
  /** At the rows of the run, of which there are about 40. */
  readonly memory: readonly Memory[];
}

import { requireKnown, UserError } from "../../data/errors.ts";
import type { ConfigValue, RunConfig } from "../../data/runs/record.ts";
import {
  adamw,
  lion,
  mars,
  sing,
  type TenfoldOptimizer,
  warmupConstant,
  warmupConstantCosine,
  warmupCosine,
} from "../../optim/mod.ts";
import { isRescaling } from "../models/layers.ts";

/**
 * Fields `optimizer.<option>` of a configuration: the options of the factory of that name, and
 * three that stand for functions, which a configuration cannot hold:
 *
 * - `optimizer.frozen: "rescaling"`: LayerNorm and LayerScale are not trained
 * - `optimizer.unnormalized: "rescaling"`: SING does not normalize their gradients
 * - `optimizer.learningRateScale: x`: every learning rate is multiplied by x inside
 */
export type OptimizerConfig = {
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly [option: `optimizer.${string}`]: ConfigValue;
};

/** Makes an optimizer of its options, of which these are always there. */
export type OptimizerFactory = (
  options: {
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly runs: number;
    readonly [option: string]: unknown;
  },
) => TenfoldOptimizer;

/** Optimizers by the name that a configuration gives. A new one goes here. */
export const OPTIMIZERS: Record<string, OptimizerFactory> = {
  sing,
  adamw,
  lion,
  mars,
};

/**
 * The optimizer that a configuration names, for so many runs at once.
 *
 * @throws UserError if the name is unknown; RangeError or TypeError if an option is unknown or out
 *   of its range.
 */
export function buildOptimizer(
  config: OptimizerConfig,
  runs = 1,
): TenfoldOptimizer {
  const { optimizer, learningRate, weightDecay } = config;
  requireKnown("optimizer", optimizer, Object.keys(OPTIMIZERS));
  return OPTIMIZERS[optimizer]!({
    ...{ learningRate, weightDecay, ...optionsOf(config), runs },
  });
}

function optionsOf(config: OptimizerConfig): Record<string, unknown> {
  const prefix = "optimizer.";
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field.startsWith(prefix))
      .map(([field, value]) => option(field.slice(prefix.length), value)),
  );
}

const others = (name: string) => !isRescaling(name);

function option(name: string, value: ConfigValue): [string, unknown] {
  if (name === "frozen" && value === "rescaling") return ["trainable", others];
  if (name === "unnormalized" && value === "rescaling") {
    return ["normalized", others];
  }
  if (name === "learningRateScale") {
    return ["groups", [{ match: () => true, learningRateScale: value }]];
  }
  return [name, value];
}

/** Schedules by the name that a configuration gives. */
const SCHEDULES = {
  "warmup-cosine": warmupCosine,
  "warmup-constant": warmupConstant,
  "warmup-constant-cosine": warmupConstantCosine,
} as const;

/**
 * The factor of the learning rate at a step, counted from 1.
 *
 * @throws UserError if the schedule's name is unknown.
 */
export function buildSchedule(
  { schedule, warmup }: { readonly schedule: string; readonly warmup: number },
  steps: number,
): (step: number) => number {
  const known = Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[];
  return SCHEDULES[requireKnown("schedule", schedule, known)]({
    steps,
    warmup,
  });
}

/** Runs end on a sync of LookAhead, so that the weights evaluated are its slow weights. */
const MULTIPLE = 5;

/**
 * Steps that a run takes: whole batches of every epoch, rounded down to a multiple of 5.
 *
 * @throws UserError if there would be none.
 */
export function totalSteps(
  { epochs, trainSize, batchSize }: Pick<
    RunConfig,
    "epochs" | "trainSize" | "batchSize"
  >,
): number {
  const steps = epochs * Math.floor(trainSize / batchSize);
  if (steps >= MULTIPLE) return steps - steps % MULTIPLE;
  throw new UserError(
    `Cannot train as at least ${MULTIPLE} steps are needed: current value is ${steps} ` +
      `(${trainSize} images in batches of ${batchSize}, ${epochs} epochs); ` +
      "deno task run NAME takes --batch-size and --epochs",
  );
}

/** The fields that may differ between two runs of one trainer: they enter a step as numbers. */
const NUMBERS = [
  "seed",
  "learningRate",
  "weightDecay",
  "schedule",
  "warmup",
  "epochs",
] as const;

/** Equal for two configurations exactly if one compiled step serves both. */
export function trainerKey(config: RunConfig): string {
  const structure: Record<string, unknown> = { ...config };
  for (const field of NUMBERS) delete structure[field];
  // Runs that share their steps have equally many.
  if (config.runsTogether) structure["epochs"] = config.epochs;
  return JSON.stringify(structure, Object.keys(structure).sort());
}

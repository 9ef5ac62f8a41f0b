import type { ConfigValue, RunConfig } from "../../data/runs/schema.ts";
import type { BaseConfig, Case } from "./experiment.ts";

/** What is compared: an optimizer under a name, with the options that a run's configuration holds. */
export interface Arm {
  readonly name: string;
  readonly optimizer: string;
  readonly [option: `optimizer.${string}`]: ConfigValue;
}

/** SING as its authors ship it. */
export const SING: Arm = {
  name: "sing",
  optimizer: "sing",
  "optimizer.centralize": true,
  "optimizer.normalize": true,
  "optimizer.softplus": true,
  "optimizer.lookahead": true,
};

export const ADAMW: Arm = { name: "adamw", optimizer: "adamw" };

/** Seeds of the three blocks start here; within a block every arm gets the same ones. */
const BLOCKS = { scout: 1_000, tune: 2_000, report: 100_000 } as const;

/** More would run from one block into the next. */
export const MAX_SEEDS = BLOCKS.tune - BLOCKS.scout;

export interface CaseOptions {
  readonly arm: Arm;
  readonly learningRates: readonly number[];
  readonly weightDecays: readonly number[];
  /** How many of the stage's seeds. */
  readonly seeds: number;
}

/** Every learning rate x weight decay x seed of one arm in a stage. */
export function casesOf(
  stage: keyof typeof BLOCKS,
  base: BaseConfig,
  { arm, learningRates, weightDecays, seeds }: CaseOptions,
): Case[] {
  const { name, ...optimizer } = arm;
  return learningRates.flatMap((learningRate) =>
    weightDecays.flatMap((weightDecay) =>
      Array.from({ length: seeds }, (_, i): Case => {
        const seed = BLOCKS[stage] + i;
        const config = {
          ...base,
          ...optimizer,
          learningRate,
          weightDecay,
          seed,
        } as RunConfig;
        return { stage, arm: name, config };
      })
    )
  );
}

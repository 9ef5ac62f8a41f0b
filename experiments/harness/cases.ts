import type { RunConfig } from "../../data/runs/schema.ts";
import type { Stage } from "../../data/verdicts/parts.ts";
import type { Arm } from "./arms.ts";
import type { BaseConfig, Case } from "./experiment.ts";

/**
 * Seeds of the blocks start here. Within a block every arm gets the same ones: the same seed gives
 * both arms the same weights, data order and augmentation.
 */
const BLOCKS = {
  scout: 1_000,
  tune: 2_000,
  /** The second arm of the planted control: its runs share nothing with the first's. */
  control: 3_000,
  report: 100_000,
  final: 200_000,
} as const;

export type Block = keyof typeof BLOCKS;

/** More would run from one block into the next. */
export const MAX_SEEDS = BLOCKS.tune - BLOCKS.scout;

/** Where a stage takes its seeds from, unless told otherwise. */
const BLOCK_OF: Readonly<Record<Stage, Block>> = {
  scout: "scout",
  "decay scout": "scout",
  tune: "tune",
  edge: "tune",
  "decay tune": "tune",
  listed: "tune",
  report: "report",
  final: "final",
};

export interface CaseOptions {
  readonly arm: Arm;
  readonly learningRates: readonly number[];
  readonly weightDecays: readonly number[];
  /** How many of the block's seeds. */
  readonly seeds: number;
  /** Default: the stage's own. */
  readonly block?: Block | undefined;
}

/** Every learning rate x weight decay x seed of one arm in a stage. */
export function casesOf(
  stage: Stage,
  base: BaseConfig,
  options: CaseOptions,
): Case[] {
  const { arm, learningRates, weightDecays, seeds } = options;
  const { name, ...fields } = arm;
  const first = BLOCKS[options.block ?? BLOCK_OF[stage]];
  return learningRates.flatMap((learningRate) =>
    weightDecays.flatMap((weightDecay) =>
      Array.from({ length: seeds }, (_, i): Case => {
        const numbers = { learningRate, weightDecay, seed: first + i };
        const config = { ...base, ...fields, ...numbers } as RunConfig;
        return { stage, arm: name, config };
      })
    )
  );
}

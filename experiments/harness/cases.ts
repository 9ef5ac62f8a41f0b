/** From what a stage asks for to its runs, and from their trials to what they scored. */
import { UserError } from "../../data/errors.ts";
import {
  type RunConfig,
  runId,
  type StudyCase,
} from "../../data/runs/record.ts";
import type { Stage } from "../../data/runs/roles.ts";
import type { Trial } from "../../data/runs/study.ts";
import { COARSE_STEP } from "../../data/statistics/night.ts";
import {
  LEARNING_RATE_CELL,
  positionOf,
  type Response,
  roundedValueAt,
  type Score,
  WEIGHT_DECAY_CELL,
} from "../../data/statistics/response.ts";
import type { Arm, BaseConfig, Case } from "./experiment.ts";

/**
 * Seeds of the blocks start here. Within a block every arm gets the same ones: the same seed gives
 * both arms the same weights, data order and augmentation.
 */
export const BLOCKS = {
  scout: 1_000,
  tune: 2_000,
  /** The second arm of the planted control: its runs share nothing with the first's. */
  control: 3_000,
  report: 100_000,
  final: 200_000,
  /** What the pilot chose a training by, nothing else is tried on. */
  pilot: 300_000,
} as const;

export type Block = keyof typeof BLOCKS;

/** Where arms take their seeds from, by name, instead of the stage's own block. */
export type Blocks = Readonly<Record<string, Block>>;

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
  const first = BLOCKS[options.block ?? BLOCK_OF[stage]];
  return learningRates.flatMap((learningRate) =>
    weightDecays.flatMap((weightDecay) =>
      Array.from({ length: seeds }, (_, i): Case => {
        const numbers = { learningRate, weightDecay, seed: first + i };
        return caseOf(stage, base, arm, numbers);
      })
    )
  );
}

/** One run of an arm; what an arm is called decides nothing of it. */
export function caseOf(
  stage: Stage,
  base: BaseConfig,
  { name, label: _, ...fields }: Arm,
  numbers: Pick<RunConfig, "learningRate" | "weightDecay" | "seed">,
): Case {
  const config = { ...base, ...fields, ...numbers } as RunConfig;
  return { stage, arm: name, config };
}

/** What an arm is trained with. */
export interface Numbers {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Values that SING's README lists, to be tried as they are. */
export interface Listed {
  readonly learningRates: readonly number[];
  /** Default: the sizes' own. */
  readonly weightDecays?: readonly number[];
}

/** An arm at the numbers it is reported with, under the name that the report has for it. */
export interface Reported {
  readonly arm: Arm;
  readonly name?: string;
  readonly learningRate: number;
  readonly weightDecay?: number;
}

/** One arm under its report name: so many of the block's seeds, or these. */
export function reportCases(
  stage: "report" | "final",
  base: BaseConfig,
  { arm, name = arm.name, learningRate, weightDecay = 0 }: Reported,
  seeds: number | readonly number[],
): Case[] {
  const evaluationSplit = stage === "final" ? "test" : base.evaluationSplit;
  const all = typeof seeds === "number"
    ? Array.from({ length: seeds }, (_, i) => BLOCKS[stage] + i)
    : seeds;
  return all.map((seed) =>
    caseOf(stage, { ...base, evaluationSplit }, { ...arm, name }, {
      ...{ learningRate, weightDecay, seed },
    })
  );
}

/** What a study keeps of a case. */
export function studyCase({ stage, arm, config }: Case): StudyCase {
  const { learningRate, weightDecay, seed } = config;
  return { runId: runId(config), stage, arm, learningRate, weightDecay, seed };
}

/**
 * How one arm's trials respond, by {@link responseOverRates} or {@link responseOverDecays}.
 *
 * @throws UserError where a run measured no loss before its first step.
 */
export function responseOf(
  trials: readonly Trial[],
  arm: string,
  respond: (trials: readonly Trial[]) => Response | null,
): Response {
  const response = respond(trials.filter((trial) => trial.arm === arm));
  if (response) return response;
  throw new UserError(
    `Cannot go on with the study as every run of ${arm} must have a loss above 0 before its first ` +
      "step: current value is a run without one; deno task doctor tells whether the machine computes",
  );
}

/** A learning rate and weight decay, and the scores of the runs there. */
export interface ScoredPoint {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly scores: readonly Score[];
}

/** Trials of one arm by their learning rate and weight decay. */
export function scoresByPoint(trials: readonly Trial[]): ScoredPoint[] {
  const points = Map.groupBy(
    trials,
    ({ learningRate, weightDecay }) => `${learningRate} ${weightDecay}`,
  );
  return [...points.values()].map((runs) => ({
    learningRate: runs[0]!.learningRate,
    weightDecay: runs[0]!.weightDecay,
    scores: runs.map(({ score }) => score!),
  }));
}

/** Learning rates at grid positions. */
export function learningRatesAt(positions: readonly number[]): number[] {
  return positions.map((it) => roundedValueAt(it, LEARNING_RATE_CELL));
}

/** Weight decays at grid positions. */
export function weightDecaysAt(positions: readonly number[]): number[] {
  return positions.map((it) => roundedValueAt(it, WEIGHT_DECAY_CELL));
}

/** Places of so many learning rates of the coarse grid, in cells. */
export function ratePositions(from: number, count: number): number[] {
  const first = Math.round(positionOf(from, LEARNING_RATE_CELL));
  return Array.from({ length: count }, (_, i) => first + COARSE_STEP * i);
}

/** Places of the five weight decays, in cells. */
export function decayPositions(from: number): number[] {
  const first = Math.round(positionOf(from, WEIGHT_DECAY_CELL));
  return [0, 1, 2, 3, 4].map((decades) => first + decades / WEIGHT_DECAY_CELL);
}

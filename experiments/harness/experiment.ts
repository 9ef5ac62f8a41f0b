/**
 * What an experiment is to the harness: a question, the workloads that a profile tries it on, and
 * for each workload the stages of runs that answer it. A stage is yielded as a list of cases and
 * comes back as their trials, so that a later stage can stand on an earlier one:
 *
 *     const scouted = yield casesOf("scout", ...);
 *     const tuned = yield casesOf("tune", around(scouted), ...);
 */
import { UserError } from "../../data/errors.ts";
import {
  type ConfigValue,
  type RunConfig,
  runId,
  type StudyArm,
  type StudyCase,
  type StudyComparison,
} from "../../data/runs/record.ts";
import { ARMS, type Stage } from "../../data/runs/roles.ts";
import type { Trial } from "../../data/runs/study.ts";
import type { NightPlan } from "../../data/statistics/questions.ts";
import {
  LEARNING_RATE_CELL,
  type Response,
  roundedValueAt,
  type Score,
  WEIGHT_DECAY_CELL,
} from "../../data/statistics/response.ts";
import type { CnnOptions } from "../models/cnn.ts";
import { cnnConfig, vitConfig } from "../models/mod.ts";
import type { VitOptions } from "../models/vit.ts";

/** One run that a stage asks for. */
export interface Case {
  readonly stage: string;
  readonly arm: string;
  readonly config: RunConfig;
}

/** Runs to be trained side by side, and what they are for. */
export interface PlannedStage {
  readonly cases: readonly Case[];
  /** Sentences for the study's method; one that was said before is not said again. */
  readonly says?: readonly string[];
  /** What a night study is asked, with its first stage; it belongs to the study's plan. */
  readonly night?: NightPlan;
}

/**
 * Stages that end in a result, which another experiment may stand on. Each comes back as the
 * trials of its cases, in their order.
 */
export type Stages<Result = void> = Generator<
  PlannedStage,
  Result,
  readonly Trial[]
>;

/** A network on the images of one data set. */
export interface Workload {
  /** Of the network in studies and on pages. */
  readonly name: string;
  readonly dataset: string;
  /** Time of one core to train on one image, in milliseconds, about. */
  readonly msPerImage: number;
}

/** A configuration without what the cases differ in. */
export type BaseConfig = Omit<
  RunConfig,
  "seed" | "optimizer" | "learningRate" | "weightDecay" | `optimizer.${string}`
>;

/** What the command line may ask for instead of what the experiment would do. */
export interface Overrides {
  readonly optimizers?: readonly string[];
  readonly learningRates?: readonly number[];
  readonly weightDecay?: number;
  readonly seeds?: number;
}

/** What the stages of an experiment are told: one workload in one profile. */
export interface Plan {
  readonly profile: Profile;
  readonly kind: PlanKind;
  readonly workload: Workload;
  readonly base: BaseConfig;
  readonly sizes: StudySizes;
  readonly overrides: Overrides;
}

/** A question, what decides its answer, and the stages of runs that give it. */
export interface Experiment {
  /** The script's file name without `.ts`. */
  readonly name: string;
  /** For people: `Learning rate`. */
  readonly title: string;
  readonly question: string;
  /** Claims of the register that it bears on. */
  readonly claims: readonly string[];
  /** As published, in the standard profile. */
  readonly setting: Setting;
  /** What each profile changes of the setting; one that is not named leaves the experiment out. */
  readonly profiles: Readonly<Partial<Record<Profile, SettingChanges>>>;
  /** Everything that it trains or compares, in the order of its legends. */
  readonly arms: readonly StudyArm[];
  /** Whose fresh seeds are compared, and in which words. */
  readonly comparisons?: readonly StudyComparison[];
  /** Names of figures for its page, beside those that every page has. */
  readonly figures?: readonly string[];
  /** Whether `--optimizer`, `--learning-rate` and `--weight-decay` make sense for it. */
  readonly takesNumbers?: boolean;
  stages(plan: Plan): Stages;
}

/** What an experiment trains: data, training, networks and seeds, and what a profile changes of it. */

export const PROFILES = ["smoke", "quick", "standard", "full"] as const;
export type Profile = typeof PROFILES[number];

/** `night`: looks decide when seeds stop; `fixed`: as many seeds as were set beforehand. */
export const PLAN_KINDS = ["night", "fixed"] as const;
export type PlanKind = typeof PLAN_KINDS[number];

/** How much of everything a study takes; a night plan takes its seeds from its looks instead. */
export interface StudySizes {
  /** Points and seeds of a scout. */
  readonly scoutPoints: number;
  readonly scoutSeeds: number;
  readonly tuneSeeds: number;
  /** 0 if nothing is compared beyond the best numbers themselves. */
  readonly reportSeeds: number;
  /** Exactly these learning rates, without a scout, and nothing after them. */
  readonly learningRates?: readonly number[];
  /** Five learning rates and two weight decays: sentences instead of verdicts. */
  readonly quick?: boolean;
  /** While learning rates are tuned; 0 if absent. */
  readonly weightDecay?: number;
}

/** Fields of a configuration that say how a network is trained, whatever the optimizer. */
export type Training = Pick<
  RunConfig,
  | "revision"
  | "schedule"
  | "warmup"
  | "flip"
  | "crop"
  | "trainSize"
  | "epochs"
  | "batchSize"
>;

export type NetworkConfig = Pick<RunConfig, "model" | "jit"> & {
  readonly [option: `model.${string}`]: ConfigValue;
};

/** A network under the name that studies and pages have for it. */
export interface Network {
  readonly name: string;
  /** Its fields of a configuration, for square images of this many pixels a side. */
  readonly config: (side: number) => NetworkConfig;
  /** Time of one core to train on one image, in milliseconds, about. */
  readonly msPerImage: number;
}

/**
 * Steps run as graphs of TensorFlow's: XLA is no faster for these networks in processes of one
 * thread (`deno task bench`), and takes 5 s longer to start.
 */
const JIT = "graph";

/** A residual CNN. */
export function cnnNetwork(
  name: string,
  msPerImage: number,
  options: CnnOptions,
): Network {
  return {
    name,
    msPerImage,
    config: () => ({ ...cnnConfig(options), jit: JIT }),
  };
}

/** A Vision Transformer that cuts an image of any size into `grid` x `grid` patches. */
export function vitNetwork(
  name: string,
  msPerImage: number,
  { grid, ...options }: Omit<VitOptions, "patch"> & { readonly grid: number },
): Network {
  return {
    name,
    msPerImage,
    config: (side) => ({
      ...vitConfig({ ...options, patch: side / grid }),
      jit: JIT,
    }),
  };
}

export interface Setting {
  /** The first must be there; where another is not, the experiment does without. */
  readonly datasets: readonly string[];
  readonly training: Training;
  readonly networks: readonly Network[];
  readonly plan: PlanKind;
  /** Seeds and points of fixed plans. */
  readonly sizes: StudySizes;
}

/** What a profile, or the command line, says instead of a setting. */
export type SettingChanges =
  & Partial<Pick<Setting, "datasets" | "networks" | "plan">>
  & {
    readonly training?: Partial<Training>;
    readonly sizes?: Partial<StudySizes>;
  };

/** A setting with something else in places. */
export function changed(
  setting: Setting,
  { training, sizes, ...others }: SettingChanges,
): Setting {
  return {
    ...setting,
    ...others,
    training: { ...setting.training, ...training },
    sizes: { ...setting.sizes, ...sizes },
  };
}

/** What is compared: an optimizer under a name, with the fields that a run's configuration holds. */
export interface Arm extends StudyArm {
  /** Instead of the experiment's own. */
  readonly schedule?: string;
  readonly [option: `optimizer.${string}`]: ConfigValue;
}

/** An arm, and where on the grid 10^(j/4) the search for its learning rate starts. */
export interface ScoutedArm {
  readonly arm: Arm;
  /** The lowest j of seven, every second one: three decades around what is usual for the arm. */
  readonly scoutFrom: number;
  /** The lowest j of the quick profile's five, every second one: two decades. */
  readonly quickFrom?: number;
}

const ALL_SWITCHES_ON = {
  "optimizer.centralize": true,
  "optimizer.normalize": true,
  "optimizer.softplus": true,
  "optimizer.lookahead": true,
} as const;

/** SING as its authors ship it. */
export const SING: Arm = {
  name: ARMS.sing,
  label: "SING",
  optimizer: "sing",
  ...ALL_SWITCHES_ON,
};

export const ADAMW: Arm = {
  name: ARMS.adamw,
  label: "AdamW",
  optimizer: "adamw",
};

/** The same optimizer under another name and label, with some fields replaced. */
export function variant(
  arm: Arm,
  name: string,
  label: string,
  changes: Partial<Arm> = {},
): Arm {
  return { ...arm, ...changes, name, label } as Arm;
}

/** A scouted arm as {@link variant} makes one of it; `search` if it does best elsewhere. */
export function scoutedVariant(
  { arm, ...from }: ScoutedArm,
  name: string,
  label: string,
  changes: Partial<Arm> & { readonly search?: Omit<ScoutedArm, "arm"> } = {},
): ScoutedArm {
  const { search = from, ...fields } = changes;
  return { arm: variant(arm, name, label, fields), ...search };
}

/** The arms of scouted arms. */
export function armsOf(scouted: Iterable<ScoutedArm>): Arm[] {
  return Array.from(scouted, ({ arm }) => arm);
}

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

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
import type {
  PlanKind,
  Profile,
  Setting,
  SettingChanges,
  StudySizes,
} from "./setting.ts";

export { PLAN_KINDS, PROFILES } from "./setting.ts";
export type { PlanKind, Profile, StudySizes } from "./setting.ts";

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

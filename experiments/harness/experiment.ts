/**
 * What an experiment is to the harness: a question, the workloads that a profile tries it on, and
 * for each workload the stages of runs that answer it. A stage is yielded as a list of cases and
 * comes back as their trials, so that a later stage can stand on an earlier one:
 *
 *     const scouted = yield casesOf("scout", ...);
 *     const tuned = yield casesOf("tune", around(scouted), ...);
 */
import type {
  ConfigValue,
  RunConfig,
  StudyArm,
  StudyComparison,
} from "../../data/runs/record.ts";
import { ARMS, type Profile } from "../../data/runs/roles.ts";
import type { Trial } from "../../data/runs/study.ts";
import type { LOOK_SEEDS } from "../../data/statistics/looks.ts";
import type { NIGHT_GRID } from "../../data/statistics/night.ts";
import type { NightPlan } from "../../data/statistics/questions.ts";
import type { NamedBand } from "../../data/verdicts/claims.ts";
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
  readonly grid: Setting["grid"];
  readonly looks: Setting["looks"];
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
  /**
   * Claims of the register that it bears on, and the band in which a number supports one; null for a
   * claim with a rule of its own. catalogue_test.ts holds them to the questions that looks close.
   */
  readonly claims: Readonly<Record<string, NamedBand | null>>;
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

/** `night`: looks decide when seeds stop; `fixed`: as many seeds as were set beforehand. */
export const PLAN_KINDS = ["night", "fixed"] as const;
export type PlanKind = typeof PLAN_KINDS[number];

/** How many seeds a study takes; a night plan takes them from its looks instead. */
export interface StudySizes {
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
  /** Learning rates of the coarse grid, half a decade apart, and of the window around its best. */
  readonly grid: typeof NIGHT_GRID;
  /** Seeds in all at each look of a night plan. Other numbers would need other levels, and do not compile. */
  readonly looks: typeof LOOK_SEEDS;
  /** Of fixed plans. */
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

/** An arm, and the lowest values that are searched for it, each the nearest of its grid. */
export interface ScoutedArm<Name extends string = string> {
  readonly arm: Arm & { readonly name: Name };
  /** Of the coarse grid's learning rates: they go up from there, two a decade. */
  readonly from: number;
  /** The same for the quick profile's five; default: `from`. */
  readonly quickFrom?: number;
  /** Of five weight decays, a decade apart. */
  readonly decaysFrom: number;
}

const ALL_SWITCHES_ON = {
  "optimizer.centralize": true,
  "optimizer.normalize": true,
  "optimizer.softplus": true,
  "optimizer.lookahead": true,
} as const;

/** SING as its authors ship it. */
export const SING = {
  name: ARMS.sing,
  label: "SING",
  optimizer: "sing",
  ...ALL_SWITCHES_ON,
} as const satisfies Arm;

export const ADAMW = {
  name: ARMS.adamw,
  label: "AdamW",
  optimizer: "adamw",
} as const satisfies Arm;

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
  changes: Partial<Arm> & {
    readonly search?: Partial<Omit<ScoutedArm, "arm">>;
  } = {},
): ScoutedArm {
  const { search, ...fields } = changes;
  return { arm: variant(arm, name, label, fields), ...from, ...search };
}

/** The arms of scouted arms. */
export function armsOf(scouted: Iterable<ScoutedArm>): Arm[] {
  return Array.from(scouted, ({ arm }) => arm);
}

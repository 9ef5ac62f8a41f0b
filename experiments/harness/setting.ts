/** What an experiment trains: data, training, networks and seeds, and what a profile changes of it. */
import type { ConfigValue, RunConfig } from "../../data/runs/record.ts";
import type { CnnOptions } from "../models/cnn.ts";
import { cnnConfig, vitConfig } from "../models/mod.ts";
import type { VitOptions } from "../models/vit.ts";

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

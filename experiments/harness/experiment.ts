/**
 * What an experiment is to the harness: a question, the workloads that a profile tries it on, and
 * for each workload the stages of runs that answer it. A stage is yielded as a list of cases and
 * comes back as their outcomes, so that a later stage can stand on an earlier one:
 *
 *     const scouted = yield casesOf("scout", ...);
 *     const tuned = yield casesOf("tune", around(scouted), ...);
 */
import type {
  ConfigValue,
  RunConfig,
  RunSummary,
  StudyCase,
} from "../../data/runs/schema.ts";

export const PROFILES = ["smoke", "quick", "standard", "full"] as const;
export type Profile = typeof PROFILES[number];

/** One run that a stage asks for. */
export interface Case {
  readonly stage: string;
  readonly arm: string;
  readonly config: RunConfig;
}

/** A case that has been run; a stage gets them in the order in which it asked. */
export interface Outcome extends StudyCase {
  readonly summary: RunSummary;
}

/** Stages that end in a result, which another experiment may stand on. */
export type Stages<Result = void> = Generator<
  readonly Case[],
  Result,
  readonly Outcome[]
>;

/** A network on a number of images. */
export interface Workload {
  /** Of the network in studies and on pages. */
  readonly name: string;
  /** Fields of a configuration that an experiment sets for all its runs on it. */
  readonly config:
    & Pick<RunConfig, "trainSize" | "epochs" | "batchSize" | "model" | "jit">
    & { readonly [option: `model.${string}`]: ConfigValue };
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

export interface Plan {
  readonly profile: Profile;
  readonly workload: Workload;
  readonly base: BaseConfig;
  readonly overrides: Overrides;
}

export interface Experiment {
  /** The script's file name without `.ts`. */
  readonly name: string;
  readonly question: string;
  /** Fields that every run of the experiment shares, on any workload. */
  readonly config: Pick<
    RunConfig,
    "revision" | "schedule" | "warmup" | "flip" | "crop"
  >;
  /** Whether `--optimizer`, `--learning-rate` and `--weight-decay` make sense for it. */
  readonly takesNumbers?: boolean;
  /** What a profile trains; nothing if it leaves the experiment out. */
  workloads(profile: Profile): readonly Workload[];
  /** Runs that one workload takes if no grid has to grow. */
  expectedRuns(
    profile: Profile,
    workload: Workload,
    overrides?: Overrides,
  ): number;
  /** How the runs are made, in words, a sentence an entry. */
  method(plan: Plan): readonly string[];
  stages(plan: Plan): Stages;
}

/**
 * The run record: the one contract between what trains (experiments) and what draws (reports).
 *
 * A run is one training from a seed to its last step. Its file is JSON lines: a {@link RunHeader},
 * any number of {@link Metric} rows, one {@link RunSummary}. A {@link Study} says which runs an
 * experiment asked for and what part each plays; two studies may share a run.
 */
import { createHash } from "node:crypto";
import { isRecord, Malformed } from "./shape.ts";

/** Any value a configuration may hold: flat, so that every field can be a column of a table. */
export type ConfigValue = string | number | boolean | null;

/**
 * Everything that can change a bit of the result. `id = hash(config)`, so a field that does not
 * define the run (commit, machine, time) belongs in {@link RunHeader} instead.
 */
export interface RunConfig {
  /** Raised by hand when the meaning of training changes for the same fields. */
  readonly revision: number;
  /** Draws weights, data order and augmentation. */
  readonly seed: number;
  readonly dataset: string;
  /** SHA-256 over the images and labels used, in order. */
  readonly datasetDigest: string;
  /** Training images used (the first of the training split). */
  readonly trainSize: number;
  /** Which split is evaluated: `validation`, or `test` for a final comparison. */
  readonly evaluationSplit: "validation" | "test";
  readonly flip: boolean;
  /** Pixels of zero padding a random crop may shift by; 0 is no crop. */
  readonly crop: number;
  /** `cnn` or `vit`; its options follow as `model.<option>`. */
  readonly model: string;
  /** `sing`, `adamw` or `lion`; its options follow as `optimizer.<option>`. */
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** `warmup-cosine`, `warmup-constant` or `warmup-constant-cosine`. */
  readonly schedule: string;
  /** Fraction of all steps that warm up linearly. */
  readonly warmup: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** `tensorflow` or `cpu`. */
  readonly backend: string;
  /** `cpu` or `gpu`. */
  readonly device: string;
  /** How a step runs: `eager`, `graph` or `xla`. */
  readonly jit: string;
  readonly intraOpThreads: number;
  readonly interOpThreads: number;
  /** On a GPU: whether products are of numbers rounded to TF32; absent where they are not. */
  readonly tf32?: boolean;
  /** On a GPU: false where equal runs may differ in bits; absent where they may not. */
  readonly deterministic?: boolean;
  /** Whether each step records gradient norms; absent where it does not. */
  readonly gradientNorms?: boolean;
  /** Options of the model and of the optimizer, as `model.width` or `optimizer.lookahead`. */
  readonly [option: `model.${string}` | `optimizer.${string}`]: ConfigValue;
}

/** First line of a run's file: the configuration, and what does not define the run. */
export interface RunHeader {
  readonly kind: "header";
  /** Version of this schema. */
  readonly schema: 1;
  readonly id: string;
  readonly config: RunConfig;
  readonly provenance: Provenance;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** Where a run's numbers come from. */
export interface Provenance {
  /** Git commit, or null where no git repository tracks the project. */
  readonly commit: string | null;
  /** Whether the project's tracked files differed from the commit. */
  readonly dirty: boolean;
  /** SHA-256 over the source files that decide a run's numbers. */
  readonly codeHash: string;
  readonly deno: string;
  readonly tensorflow: string | null;
  readonly tfjs: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  /** The GPU that trained it; absent for a CPU. */
  readonly card?: Card;
  /** Notes on the data set that must stand beside any result on it. */
  readonly datasetNotes: readonly string[];
}

/** One GPU, as its driver tells of it. */
export interface Card {
  readonly name: string;
  /** Number of the card in its machine, from 0. */
  readonly index: number;
  /** Bytes. */
  readonly memory: number;
  /** Compute capability, such as `9.0`. */
  readonly capability: string;
  /** The newest CUDA that the driver knows, such as `12.4`. */
  readonly cuda: string;
  /** Version of the driver, such as `550.54.15`; absent where it does not say. */
  readonly driver?: string;
}

/** One line of measurements. */
export type Metric =
  | TrainMetric
  | EvaluationMetric
  | ParametersMetric
  | GradientsMetric;

/** Mean training loss (cross-entropy, nats) over the steps since the previous such row. */
export interface TrainMetric {
  readonly kind: "train";
  /** Number of the last step included, from 1. */
  readonly step: number;
  /** NaN and infinities are stored as the strings `NaN`, `Infinity`, `-Infinity`. */
  readonly loss: number;
  readonly learningRate: number;
}

/** Loss and accuracy over a whole split, with recomputed batch statistics where there are any. */
export interface EvaluationMetric {
  readonly kind: "evaluation";
  /** Steps taken before the evaluation: 0 is before training. */
  readonly step: number;
  readonly split: "validation" | "test";
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Fraction of images classified correctly. */
  readonly accuracy: number;
}

/** What is trained, before the first step of a run that records gradient norms. */
export interface ParametersMetric {
  readonly kind: "parameters";
  readonly step: 0;
  /** In the order of the network. */
  readonly parameters: readonly ParameterRow[];
}

/** One trained tensor. */
export interface ParameterRow {
  /** Its place in the network: `block1/norm1/gain`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it is LayerNorm's gain or bias, or LayerScale's gain. */
  readonly rescales: boolean;
}

/** L2 norm of each parameter's gradient at one step, before the optimizer does anything to it. */
export interface GradientsMetric {
  readonly kind: "gradients";
  readonly step: number;
  /** Of this step's batch alone: cross-entropy in nats. */
  readonly loss: number;
  /** In the order of {@link ParametersMetric}. */
  readonly norms: readonly number[];
}

export type RunState = "finished" | "diverged" | "failed";

/** Last line of a run's file; a file without one is unfinished and is run again. */
export interface RunSummary {
  readonly kind: "summary";
  readonly state: RunState;
  /** Why it failed, in one sentence; absent otherwise. */
  readonly error?: string;
  readonly steps: number;
  /** Evaluation before the first step and after the last (absent if the run failed before it). */
  readonly initialLoss?: number;
  readonly finalLoss?: number;
  readonly finalAccuracy?: number;
  /** Training loss of step 1, and the mean over the last tenth of the steps. */
  readonly firstTrainLoss?: number;
  readonly lastTrainLoss?: number;
  /** Wall time of the run in seconds. */
  readonly seconds: number;
  /**
   * SHA-256 of the run's file without this field, its last one; absent in runs of earlier versions
   * and until a run is stored.
   */
  readonly digest?: string;
}

/** A run as read back. `metrics` are in step order. */
export interface Run {
  readonly id: string;
  readonly header: RunHeader;
  readonly metrics: readonly Metric[];
  readonly summary: RunSummary;
}

/** The part one run plays in a study. */
export interface StudyCase {
  readonly runId: string;
  /** Its part in the order of time: see data/verdicts/parts.ts. */
  readonly stage: string;
  /** What is compared, such as `sing` and `adamw`: see data/verdicts/parts.ts. */
  readonly arm: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** An arm as its study declares it, for pages and verdicts. */
export interface StudyArm {
  /** As the cases name it. */
  readonly name: string;
  /** For people: `SING, LayerNorm frozen`. */
  readonly label: string;
  /** `sing`, `adamw`, ...: arms of one optimizer share its colour. */
  readonly optimizer: string;
}

/** Two arms whose fresh seeds are compared one by one. */
export interface StudyComparison {
  /** What is compared, for people. */
  readonly title: string;
  readonly candidate: string;
  readonly reference: string;
  readonly stage: "report" | "final";
}

/** Everything that was fixed before a study's first run, and its fingerprint. */
export interface StudyPlan {
  /** `night`: planned looks; `fixed`: as many seeds as were set beforehand. */
  readonly kind: "night" | "fixed";
  /** SHA-256 of `settings` as canonical JSON (keys sorted at every depth, no spaces). */
  readonly hash: string;
  /** Bands, looks, weights, seeds, grids, network, training, in JSON. */
  readonly settings: { readonly [name: string]: unknown };
}

/** What one look at an open question came to; a function of the rows. */
export interface StudyLook {
  /** `H1`, `control`, `H2 ceiling`, `rule`: what was asked. */
  readonly question: string;
  /** 1 to 5. */
  readonly look: number;
  readonly seeds: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly allowance: number;
  readonly interval90: readonly [number, number] | null;
  readonly interval95: readonly [number, number] | null;
  /** Arms with an open side, such as `sing above`. */
  readonly openSides: readonly string[];
  /** Null where the rule of reach does not apply. */
  readonly inReach: boolean | null;
  /** `go on`, or the state in which the question was closed. */
  readonly decision: string;
}

/** What one experiment asked of one workload (data set and model), run or not. */
export interface Study {
  readonly schema: 1;
  /** The experiment's file name without `.ts`, such as `learning_rate`. */
  readonly experiment: string;
  readonly question: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly profile: string;
  readonly dataset: string;
  /** The network under a name of its own: `cnn`, `vit`, `vit-layerscale`, `cnn-128`. */
  readonly model: string;
  /** How the runs were made, in words, a sentence an entry. */
  readonly method: readonly string[];
  /** What the network trains, fixed before training; absent in studies of earlier versions. */
  readonly parameters?: readonly ParameterRow[];
  /** The experiment's name for people; absent in studies of earlier versions, as all that follow. */
  readonly title?: string;
  /** In the order in which legends name them. */
  readonly arms?: readonly StudyArm[];
  readonly comparisons?: readonly StudyComparison[];
  /** The figures of its page by their names, in order: see reports/figures. */
  readonly figures?: readonly string[];
  readonly plan?: StudyPlan;
  readonly looks?: readonly StudyLook[];
  readonly cases: readonly StudyCase[];
}

/** What a run id looks like: the first 16 hexadecimal digits of a SHA-256. */
export const runIdPattern = /^[0-9a-f]{16}$/;

/**
 * Names a run after its configuration: equal configurations have equal ids, in any order of their
 * fields and on any machine.
 *
 * @throws Error for a value that JSON does not carry to another machine unchanged (NaN, infinities,
 * -0, anything but text, numbers, booleans and null).
 */
export function runId(config: RunConfig): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex")
    .slice(0, 16);
}

/** Fields sorted by name, numbers in their shortest form, no spaces. */
function canonicalJson(config: RunConfig): string {
  const fields = Object.entries(config).toSorted(([a], [b]) => a < b ? -1 : 1);
  for (const [name, value] of fields) refuseUnstable(name, value);
  return JSON.stringify(Object.fromEntries(fields));
}

function refuseUnstable(name: string, value: unknown): void {
  const stable = value === null || typeof value === "string" ||
    typeof value === "boolean" ||
    typeof value === "number" && Number.isFinite(value) &&
      !Object.is(value, -0);
  if (stable) return;
  const shown = Object.is(value, -0) ? "-0" : String(value);
  throw new Error(
    `Cannot name a run as its configuration must hold only text, finite numbers, booleans and null: current value is ${name} = ${shown}`,
  );
}

/** The version of the run record that this code writes; it reads no newer one. */
export const schemaVersion = 1;

/** @throws Malformed for a record that a newer version of this code wrote. */
export function refuseNewer(value: unknown): void {
  const schema = isRecord(value) ? value.schema : undefined;
  if (typeof schema === "number" && schema > schemaVersion) {
    throw new Malformed(
      `it was written by a newer Tenfold (schema ${schema}, this one reads ${schemaVersion})`,
    );
  }
}

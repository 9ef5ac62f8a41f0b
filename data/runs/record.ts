/**
 * The run record: the one contract between what trains (experiments) and what draws (reports).
 *
 * A run is one training from a seed to its last step. Its file is JSON lines: a {@link RunHeader},
 * any number of {@link Metric} rows, one {@link RunSummary}. A {@link Study} says which runs an
 * experiment asked for and what part each plays; two studies may share a run.
 */
import { createHash } from "node:crypto";
import { Type } from "typebox";
import {
  COUNT,
  FINITE,
  FLAG,
  type Frozen,
  isRecord,
  listOf,
  Malformed,
  MEASURE,
  oneOf,
  orNull,
  POSITIVE,
  TEXT,
} from "./shape.ts";

/** The version of the run record that this code writes; it reads no newer one. */
export const SCHEMA_VERSION = 1;

/** What a run id looks like: the first 16 hexadecimal digits of a SHA-256. */
export const RUN_ID_PATTERN = /^[0-9a-f]{16}$/;

const SPLIT = oneOf("validation", "test");

/** Any value a configuration may hold: flat, so that every field can be a column of a table. */
export type ConfigValue = string | number | boolean | null;

/**
 * Everything that can change a bit of the result. `id = hash(config)`, so a field that does not
 * define the run (commit, machine, time) belongs in {@link RunHeader} instead.
 */
export type RunConfig = Frozen<typeof RUN_CONFIG> & {
  /** Options of the model and of the optimizer, as `model.width` or `optimizer.lookahead`. */
  readonly [option: `model.${string}` | `optimizer.${string}`]: ConfigValue;
};

const RUN_CONFIG = Type.Object({
  /** Raised by hand when the meaning of training changes for the same fields. */
  revision: COUNT,
  /** Draws weights, data order and augmentation. */
  seed: COUNT,
  dataset: TEXT,
  /** SHA-256 over the images and labels used, in order. */
  datasetDigest: TEXT,
  /** Training images used (the first of the training split). */
  trainSize: COUNT,
  /** Which split is evaluated: `validation`, or `test` for a final comparison. */
  evaluationSplit: SPLIT,
  flip: FLAG,
  /** Pixels of zero padding a random crop may shift by; 0 is no crop. */
  crop: COUNT,
  /** `cnn` or `vit`; its options follow as `model.<option>`. */
  model: TEXT,
  /** `sing`, `adamw` or `lion`; its options follow as `optimizer.<option>`. */
  optimizer: TEXT,
  learningRate: POSITIVE,
  weightDecay: FINITE,
  /** `warmup-cosine`, `warmup-constant` or `warmup-constant-cosine`. */
  schedule: TEXT,
  /** Fraction of all steps that warm up linearly. */
  warmup: FINITE,
  epochs: FINITE,
  batchSize: COUNT,
  backend: oneOf("tensorflow", "webgpu", "cpu"),
  device: oneOf("cpu", "gpu"),
  /** How a step runs. */
  jit: oneOf("eager", "graph", "xla", "fused"),
  intraOpThreads: COUNT,
  interOpThreads: COUNT,
  /** On a GPU: whether products are of numbers rounded to TF32; absent where they are not. */
  tf32: Type.Optional(FLAG),
  /** On a GPU: false where equal runs may differ in bits; absent where they may not. */
  deterministic: Type.Optional(FLAG),
  /**
   * Runs that one function trains side by side, this one among them. Their bits depend on how many
   * there are and on this one's place among them, which is kept nowhere: equal ones may differ by
   * rounding. Absent for a run on its own.
   */
  runsTogether: Type.Optional(COUNT),
  /** Whether each step records gradient norms; absent where it does not. */
  gradientNorms: Type.Optional(FLAG),
}, { title: "configuration" });

/** One GPU, as its driver tells of it. */
export type Card = Frozen<typeof CARD>;

const CARD = Type.Object({
  name: TEXT,
  /** Number of the card in its machine, from 0. */
  index: COUNT,
  /** Bytes. */
  memory: COUNT,
  /** Compute capability, such as `9.0`. */
  capability: TEXT,
  /** The newest CUDA that the driver knows, such as `12.4`. */
  cuda: TEXT,
  /** Version of the driver, such as `550.54.15`; absent where it does not say. */
  driver: Type.Optional(TEXT),
}, { title: "card" });

/** Where a run's numbers come from. */
export type Provenance = Frozen<typeof PROVENANCE>;

const PROVENANCE = Type.Object({
  /** Git commit, or null where no git repository tracks the project. */
  commit: orNull(TEXT),
  /** Whether the project's tracked files differed from the commit. */
  dirty: FLAG,
  /** SHA-256 over the source that decides a run's numbers. */
  codeHash: TEXT,
  deno: TEXT,
  tensorflow: orNull(TEXT),
  tfjs: TEXT,
  os: TEXT,
  cpu: TEXT,
  cores: COUNT,
  /** The GPU that trained it; absent for a CPU. */
  card: Type.Optional(CARD),
  /** Notes on the data set that must stand beside any result on it. */
  datasetNotes: listOf(TEXT, "text"),
}, { title: "provenance" });

/** First line of a run's file: the configuration, and what does not define the run. */
export type RunHeader = Omit<Frozen<typeof RUN_HEADER>, "config"> & {
  readonly config: RunConfig;
};

export const RUN_HEADER = Type.Object({
  kind: oneOf("header"),
  /** Version of this schema. */
  schema: oneOf(SCHEMA_VERSION),
  id: TEXT,
  provenance: PROVENANCE,
  config: RUN_CONFIG,
  /** ISO 8601, UTC. */
  startedAt: TEXT,
});

/** One line of measurements. */
export type Metric =
  | TrainMetric
  | EvaluationMetric
  | ParametersMetric
  | GradientsMetric;

/** Mean training loss (cross-entropy, nats) over the steps since the previous such row. */
export type TrainMetric = Frozen<typeof TRAIN_METRIC>;

export const TRAIN_METRIC = Type.Object({
  kind: oneOf("train"),
  /** Number of the last step included, from 1. */
  step: COUNT,
  /** NaN and infinities are stored as the strings `NaN`, `Infinity`, `-Infinity`. */
  loss: MEASURE,
  learningRate: MEASURE,
});

/** Loss and accuracy over a whole split, with recomputed batch statistics where there are any. */
export type EvaluationMetric = Frozen<typeof EVALUATION_METRIC>;

export const EVALUATION_METRIC = Type.Object({
  kind: oneOf("evaluation"),
  /** Steps taken before the evaluation: 0 is before training. */
  step: COUNT,
  split: SPLIT,
  /** Mean cross-entropy in nats. */
  loss: MEASURE,
  /** Fraction of images classified correctly. */
  accuracy: MEASURE,
});

/** One trained tensor. */
export type ParameterRow = Frozen<typeof PARAMETER_ROW>;

const PARAMETER_ROW = Type.Object({
  /** Its place in the network: `block1/norm1/gain`. */
  name: TEXT,
  shape: listOf(COUNT, "sizes"),
  /** Whether it is LayerNorm's gain or bias, or LayerScale's gain. */
  rescales: FLAG,
});

/** A list of what a network trains, in its order. */
const PARAMETERS = listOf(PARAMETER_ROW, "parameters");

/** What is trained, before the first step of a run that records gradient norms. */
export type ParametersMetric = Frozen<typeof PARAMETERS_METRIC>;

export const PARAMETERS_METRIC = Type.Object({
  kind: oneOf("parameters"),
  step: oneOf(0),
  parameters: PARAMETERS,
});

/** L2 norm of each parameter's gradient at one step, before the optimizer does anything to it. */
export type GradientsMetric = Frozen<typeof GRADIENTS_METRIC>;

export const GRADIENTS_METRIC = Type.Object({
  kind: oneOf("gradients"),
  step: COUNT,
  /** Of this step's batch alone: cross-entropy in nats. */
  loss: MEASURE,
  /** In the order of {@link ParametersMetric}. */
  norms: listOf(MEASURE, "numbers"),
});

export type RunState = RunSummary["state"];

/** Last line of a run's file; a file without one is unfinished and is run again. */
export type RunSummary = Frozen<typeof RUN_SUMMARY>;

export const RUN_SUMMARY = Type.Object({
  kind: oneOf("summary"),
  state: oneOf("finished", "diverged", "failed"),
  /** Why it failed, in one sentence; absent otherwise. */
  error: Type.Optional(TEXT),
  steps: COUNT,
  /** Evaluation before the first step and after the last (absent if the run failed before it). */
  initialLoss: Type.Optional(MEASURE),
  finalLoss: Type.Optional(MEASURE),
  finalAccuracy: Type.Optional(MEASURE),
  /** Training loss of step 1, and the mean over the last tenth of the steps. */
  firstTrainLoss: Type.Optional(MEASURE),
  lastTrainLoss: Type.Optional(MEASURE),
  /** Wall time of the run in seconds. */
  seconds: FINITE,
  /**
   * SHA-256 of the run's file without this field, its last one; absent in runs of earlier versions
   * and until a run is stored.
   */
  digest: Type.Optional(TEXT),
});

/** A run as read back. `metrics` are in step order. */
export interface Run {
  readonly id: string;
  readonly header: RunHeader;
  readonly metrics: readonly Metric[];
  readonly summary: RunSummary;
}

/** Farther out lie no rates that anybody trains with, and the arithmetic of axes fails. */
const DRAWABLE = { minimum: 1e-30, maximum: 1e30 };
const DRAWABLE_NUMBER = Type.Number({
  ...DRAWABLE,
  expects: "a number from 1e-30 to 1e30",
});

/** The part one run plays in a study. */
export type StudyCase = Frozen<typeof STUDY_CASE>;

const STUDY_CASE = Type.Object({
  runId: Type.String({ pattern: RUN_ID_PATTERN.source, expects: "a run id" }),
  /** Its part in the order of time: see roles.ts. */
  stage: TEXT,
  /** What is compared, such as `sing` and `adamw`: see roles.ts. */
  arm: TEXT,
  learningRate: DRAWABLE_NUMBER,
  weightDecay: Type.Union([oneOf(0), DRAWABLE_NUMBER], {
    expects: "0 or a number from 1e-30 to 1e30",
  }),
  seed: COUNT,
}, { title: "case" });

/** An arm as its study declares it, for pages and verdicts. */
export type StudyArm = Frozen<typeof STUDY_ARM>;

const STUDY_ARM = Type.Object({
  /** As the cases name it. */
  name: TEXT,
  /** For people: `SING, LayerNorm frozen`. */
  label: TEXT,
  /** `sing`, `adamw`, ...: arms of one optimizer share its colour. */
  optimizer: TEXT,
}, { title: "arm" });

/** Two arms whose fresh seeds are compared one by one. */
export type StudyComparison = Frozen<typeof STUDY_COMPARISON>;

const STUDY_COMPARISON = Type.Object({
  /** What is compared, for people. */
  title: TEXT,
  candidate: TEXT,
  reference: TEXT,
  stage: oneOf("report", "final"),
}, { title: "comparison" });

/** Everything that was fixed before a study's first run, and its fingerprint. */
export type StudyPlan = Frozen<typeof STUDY_PLAN>;

const STUDY_PLAN = Type.Object({
  /** `night`: planned looks; `fixed`: as many seeds as were set beforehand. */
  kind: oneOf("night", "fixed"),
  /** SHA-256 of `settings` as canonical JSON (keys sorted at every depth, no spaces). */
  hash: TEXT,
  /** Bands, looks, weights, seeds, grids, network, training, in JSON. */
  settings: Type.Record(Type.String(), Type.Unknown(), {
    expects: "an object",
  }),
}, { title: "plan" });

const INTERVAL = orNull(
  Type.Tuple([FINITE, FINITE], { expects: "two finite numbers" }),
);

/** What one look at an open question came to; a function of the rows. */
export type StudyLook = Frozen<typeof STUDY_LOOK>;

const LOOK_GRID = Type.Object({
  arm: TEXT,
  coarse: listOf(FINITE, "numbers"),
  window: listOf(FINITE, "numbers"),
  centre: orNull(FINITE),
}, { title: "grid" });

const STUDY_LOOK = Type.Object({
  /** `H1`, `control`, `H2 ceiling`, `rule`: what was asked. */
  question: TEXT,
  /** 1 to 5. */
  look: COUNT,
  seeds: COUNT,
  mean: orNull(FINITE),
  sd: orNull(FINITE),
  allowance: FINITE,
  interval90: INTERVAL,
  interval95: INTERVAL,
  /** Arms with an open side, such as `sing above`. */
  openSides: listOf(TEXT, "text"),
  /** Null where the rule of reach does not apply. */
  inReach: orNull(FLAG),
  /** `go on`, or the state in which the question was closed. */
  decision: TEXT,
  /** Where each arm was run, in cells: its coarse points, its window and the window's centre. */
  grids: Type.Optional(listOf(LOOK_GRID, "grids")),
}, { title: "look" });

/** What one experiment asked of one workload (data set and model), run or not. */
export type Study = Frozen<typeof STUDY>;

export const STUDY = Type.Object({
  schema: oneOf(SCHEMA_VERSION),
  /** The experiment's file name without `.ts`, such as `learning_rate`. */
  experiment: TEXT,
  question: TEXT,
  /** The command that repeats it. */
  command: TEXT,
  profile: TEXT,
  dataset: TEXT,
  /** The network under a name of its own: `cnn`, `vit`, `vit-layerscale`, `cnn-128`. */
  model: TEXT,
  /** How the runs were made, in words, a sentence an entry. */
  method: listOf(TEXT, "text"),
  /** What the network trains, fixed before training; absent in studies of earlier versions. */
  parameters: Type.Optional(PARAMETERS),
  /** The experiment's name for people; absent in studies of earlier versions, as all that follow. */
  title: Type.Optional(TEXT),
  /** In the order in which legends name them. */
  arms: Type.Optional(listOf(STUDY_ARM, "arms")),
  comparisons: Type.Optional(listOf(STUDY_COMPARISON, "comparisons")),
  /** The figures of its page by their names, in order: see reports/figures. */
  figures: Type.Optional(listOf(TEXT, "text")),
  plan: Type.Optional(STUDY_PLAN),
  looks: Type.Optional(listOf(STUDY_LOOK, "looks")),
  cases: listOf(STUDY_CASE, "objects"),
});

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

/** @throws Malformed for a record that a newer version of this code wrote. */
export function refuseNewer(value: unknown): void {
  const schema = isRecord(value) ? value.schema : undefined;
  if (typeof schema === "number" && schema > SCHEMA_VERSION) {
    throw new Malformed(
      `it was written by a newer Tenfold (schema ${schema}, this one reads ${SCHEMA_VERSION})`,
    );
  }
}

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
  count,
  finite,
  flag,
  type Frozen,
  isRecord,
  listOf,
  Malformed,
  measure,
  oneOf,
  orNull,
  positive,
  text,
} from "./shape.ts";

/** The version of the run record that this code writes; it reads no newer one. */
export const SCHEMA_VERSION = 1;

/** What a run id looks like: the first 16 hexadecimal digits of a SHA-256. */
export const RUN_ID_PATTERN = /^[0-9a-f]{16}$/;

const split = oneOf("validation", "test");

/** Any value a configuration may hold: flat, so that every field can be a column of a table. */
export type ConfigValue = string | number | boolean | null;

/**
 * Everything that can change a bit of the result. `id = hash(config)`, so a field that does not
 * define the run (commit, machine, time) belongs in {@link RunHeader} instead.
 */
export type RunConfig = Frozen<typeof runConfig> & {
  /** Options of the model and of the optimizer, as `model.width` or `optimizer.lookahead`. */
  readonly [option: `model.${string}` | `optimizer.${string}`]: ConfigValue;
};

const runConfig = Type.Object({
  /** Raised by hand when the meaning of training changes for the same fields. */
  revision: count,
  /** Draws weights, data order and augmentation. */
  seed: count,
  dataset: text,
  /** SHA-256 over the images and labels used, in order. */
  datasetDigest: text,
  /** Training images used (the first of the training split). */
  trainSize: count,
  /** Which split is evaluated: `validation`, or `test` for a final comparison. */
  evaluationSplit: split,
  flip: flag,
  /** Pixels of zero padding a random crop may shift by; 0 is no crop. */
  crop: count,
  /** `cnn` or `vit`; its options follow as `model.<option>`. */
  model: text,
  /** `sing`, `adamw` or `lion`; its options follow as `optimizer.<option>`. */
  optimizer: text,
  learningRate: positive,
  weightDecay: finite,
  /** `warmup-cosine`, `warmup-constant` or `warmup-constant-cosine`. */
  schedule: text,
  /** Fraction of all steps that warm up linearly. */
  warmup: finite,
  epochs: finite,
  batchSize: count,
  backend: oneOf("tensorflow", "webgpu", "cpu"),
  device: oneOf("cpu", "gpu"),
  /** How a step runs. */
  jit: oneOf("eager", "graph", "xla"),
  intraOpThreads: count,
  interOpThreads: count,
  /** On a GPU: whether products are of numbers rounded to TF32; absent where they are not. */
  tf32: Type.Optional(flag),
  /** On a GPU: false where equal runs may differ in bits; absent where they may not. */
  deterministic: Type.Optional(flag),
  /**
   * Runs that one function trains side by side, this one among them. Their bits depend on how many
   * there are and on this one's place among them, which is kept nowhere: equal ones may differ by
   * rounding. Absent for a run on its own.
   */
  runsTogether: Type.Optional(count),
  /** Whether each step records gradient norms; absent where it does not. */
  gradientNorms: Type.Optional(flag),
}, { title: "configuration" });

/** One GPU, as its driver tells of it. */
export type Card = Frozen<typeof card>;

const card = Type.Object({
  name: text,
  /** Number of the card in its machine, from 0. */
  index: count,
  /** Bytes. */
  memory: count,
  /** Compute capability, such as `9.0`. */
  capability: text,
  /** The newest CUDA that the driver knows, such as `12.4`. */
  cuda: text,
  /** Version of the driver, such as `550.54.15`; absent where it does not say. */
  driver: Type.Optional(text),
}, { title: "card" });

/** Where a run's numbers come from. */
export type Provenance = Frozen<typeof provenance>;

const provenance = Type.Object({
  /** Git commit, or null where no git repository tracks the project. */
  commit: orNull(text),
  /** Whether the project's tracked files differed from the commit. */
  dirty: flag,
  /** SHA-256 over the source that decides a run's numbers. */
  codeHash: text,
  deno: text,
  tensorflow: orNull(text),
  tfjs: text,
  os: text,
  cpu: text,
  cores: count,
  /** The GPU that trained it; absent for a CPU. */
  card: Type.Optional(card),
  /** Notes on the data set that must stand beside any result on it. */
  datasetNotes: listOf(text, "text"),
}, { title: "provenance" });

/** First line of a run's file: the configuration, and what does not define the run. */
export type RunHeader = Omit<Frozen<typeof runHeader>, "config"> & {
  readonly config: RunConfig;
};

export const runHeader = Type.Object({
  kind: oneOf("header"),
  /** Version of this schema. */
  schema: oneOf(SCHEMA_VERSION),
  id: text,
  provenance,
  config: runConfig,
  /** ISO 8601, UTC. */
  startedAt: text,
});

/** One line of measurements. */
export type Metric =
  | TrainMetric
  | EvaluationMetric
  | ParametersMetric
  | GradientsMetric;

/** Mean training loss (cross-entropy, nats) over the steps since the previous such row. */
export type TrainMetric = Frozen<typeof trainMetric>;

export const trainMetric = Type.Object({
  kind: oneOf("train"),
  /** Number of the last step included, from 1. */
  step: count,
  /** NaN and infinities are stored as the strings `NaN`, `Infinity`, `-Infinity`. */
  loss: measure,
  learningRate: measure,
});

/** Loss and accuracy over a whole split, with recomputed batch statistics where there are any. */
export type EvaluationMetric = Frozen<typeof evaluationMetric>;

export const evaluationMetric = Type.Object({
  kind: oneOf("evaluation"),
  /** Steps taken before the evaluation: 0 is before training. */
  step: count,
  split,
  /** Mean cross-entropy in nats. */
  loss: measure,
  /** Fraction of images classified correctly. */
  accuracy: measure,
});

/** One trained tensor. */
export type ParameterRow = Frozen<typeof parameterRow>;

const parameterRow = Type.Object({
  /** Its place in the network: `block1/norm1/gain`. */
  name: text,
  shape: listOf(count, "sizes"),
  /** Whether it is LayerNorm's gain or bias, or LayerScale's gain. */
  rescales: flag,
});

/** A list of what a network trains, in its order. */
const parameters = listOf(parameterRow, "parameters");

/** What is trained, before the first step of a run that records gradient norms. */
export type ParametersMetric = Frozen<typeof parametersMetric>;

export const parametersMetric = Type.Object({
  kind: oneOf("parameters"),
  step: oneOf(0),
  parameters,
});

/** L2 norm of each parameter's gradient at one step, before the optimizer does anything to it. */
export type GradientsMetric = Frozen<typeof gradientsMetric>;

export const gradientsMetric = Type.Object({
  kind: oneOf("gradients"),
  step: count,
  /** Of this step's batch alone: cross-entropy in nats. */
  loss: measure,
  /** In the order of {@link ParametersMetric}. */
  norms: listOf(measure, "numbers"),
});

export type RunState = RunSummary["state"];

/** Last line of a run's file; a file without one is unfinished and is run again. */
export type RunSummary = Frozen<typeof runSummary>;

export const runSummary = Type.Object({
  kind: oneOf("summary"),
  state: oneOf("finished", "diverged", "failed"),
  /** Why it failed, in one sentence; absent otherwise. */
  error: Type.Optional(text),
  steps: count,
  /** Evaluation before the first step and after the last (absent if the run failed before it). */
  initialLoss: Type.Optional(measure),
  finalLoss: Type.Optional(measure),
  finalAccuracy: Type.Optional(measure),
  /** Training loss of step 1, and the mean over the last tenth of the steps. */
  firstTrainLoss: Type.Optional(measure),
  lastTrainLoss: Type.Optional(measure),
  /** Wall time of the run in seconds. */
  seconds: finite,
  /**
   * SHA-256 of the run's file without this field, its last one; absent in runs of earlier versions
   * and until a run is stored.
   */
  digest: Type.Optional(text),
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
const drawable = Type.Number({
  ...DRAWABLE,
  expects: "a number from 1e-30 to 1e30",
});

/** The part one run plays in a study. */
export type StudyCase = Frozen<typeof studyCase>;

const studyCase = Type.Object({
  runId: Type.String({ pattern: RUN_ID_PATTERN.source, expects: "a run id" }),
  /** Its part in the order of time: see roles.ts. */
  stage: text,
  /** What is compared, such as `sing` and `adamw`: see roles.ts. */
  arm: text,
  learningRate: drawable,
  weightDecay: Type.Union([oneOf(0), drawable], {
    expects: "0 or a number from 1e-30 to 1e30",
  }),
  seed: count,
}, { title: "case" });

/** An arm as its study declares it, for pages and verdicts. */
export type StudyArm = Frozen<typeof studyArm>;

const studyArm = Type.Object({
  /** As the cases name it. */
  name: text,
  /** For people: `SING, LayerNorm frozen`. */
  label: text,
  /** `sing`, `adamw`, ...: arms of one optimizer share its colour. */
  optimizer: text,
}, { title: "arm" });

/** Two arms whose fresh seeds are compared one by one. */
export type StudyComparison = Frozen<typeof studyComparison>;

const studyComparison = Type.Object({
  /** What is compared, for people. */
  title: text,
  candidate: text,
  reference: text,
  stage: oneOf("report", "final"),
}, { title: "comparison" });

/** Everything that was fixed before a study's first run, and its fingerprint. */
export type StudyPlan = Frozen<typeof studyPlan>;

const studyPlan = Type.Object({
  /** `night`: planned looks; `fixed`: as many seeds as were set beforehand. */
  kind: oneOf("night", "fixed"),
  /** SHA-256 of `settings` as canonical JSON (keys sorted at every depth, no spaces). */
  hash: text,
  /** Bands, looks, weights, seeds, grids, network, training, in JSON. */
  settings: Type.Record(Type.String(), Type.Unknown(), {
    expects: "an object",
  }),
}, { title: "plan" });

const interval = orNull(
  Type.Tuple([finite, finite], { expects: "two finite numbers" }),
);

/** What one look at an open question came to; a function of the rows. */
export type StudyLook = Frozen<typeof studyLook>;

const lookGrid = Type.Object({
  arm: text,
  coarse: listOf(finite, "numbers"),
  window: listOf(finite, "numbers"),
  centre: orNull(finite),
}, { title: "grid" });

const studyLook = Type.Object({
  /** `H1`, `control`, `H2 ceiling`, `rule`: what was asked. */
  question: text,
  /** 1 to 5. */
  look: count,
  seeds: count,
  mean: orNull(finite),
  sd: orNull(finite),
  allowance: finite,
  interval90: interval,
  interval95: interval,
  /** Arms with an open side, such as `sing above`. */
  openSides: listOf(text, "text"),
  /** Null where the rule of reach does not apply. */
  inReach: orNull(flag),
  /** `go on`, or the state in which the question was closed. */
  decision: text,
  /** Where each arm was run, in cells: its coarse points, its window and the window's centre. */
  grids: Type.Optional(listOf(lookGrid, "grids")),
}, { title: "look" });

/** What one experiment asked of one workload (data set and model), run or not. */
export type Study = Frozen<typeof study>;

export const study = Type.Object({
  schema: oneOf(SCHEMA_VERSION),
  /** The experiment's file name without `.ts`, such as `learning_rate`. */
  experiment: text,
  question: text,
  /** The command that repeats it. */
  command: text,
  profile: text,
  dataset: text,
  /** The network under a name of its own: `cnn`, `vit`, `vit-layerscale`, `cnn-128`. */
  model: text,
  /** How the runs were made, in words, a sentence an entry. */
  method: listOf(text, "text"),
  /** What the network trains, fixed before training; absent in studies of earlier versions. */
  parameters: Type.Optional(parameters),
  /** The experiment's name for people; absent in studies of earlier versions, as all that follow. */
  title: Type.Optional(text),
  /** In the order in which legends name them. */
  arms: Type.Optional(listOf(studyArm, "arms")),
  comparisons: Type.Optional(listOf(studyComparison, "comparisons")),
  /** The figures of its page by their names, in order: see reports/figures. */
  figures: Type.Optional(listOf(text, "text")),
  plan: Type.Optional(studyPlan),
  looks: Type.Optional(listOf(studyLook, "looks")),
  cases: listOf(studyCase, "objects"),
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

/**
 * Rows as CSV tables with every column described, for archives and for the site's downloads: one line
 * a run, a measurement, a part that a run plays in a study, and a planned run with what became of it.
 * What a run's file has beyond (gradient norms, a study's words) is in the packed study alone.
 */
import { type Cell, csvLine, plain } from "../text.ts";
import type {
  EvaluationMetric,
  Metric,
  RunConfig,
  Study,
  StudyCase,
  TrainMetric,
} from "./record.ts";
import type { RunOutline } from "./store.ts";
import { type Trial, trialLoss, trialState } from "./study.ts";

/** What a cell holds, in the words of schema.org. */
export type ColumnType = "Boolean" | "DateTime" | "Float" | "Integer" | "Text";

/** One column of a table. */
export interface Column {
  /** As the file's first line has it. */
  readonly name: string;
  readonly type: ColumnType;
  /** What it means, with its unit. */
  readonly description: string;
}

/** A CSV file (RFC 4180): its columns, the first line, in their order. */
export interface Table {
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly columns: readonly Column[];
  /** Names of the columns that together name a row. */
  readonly key: readonly string[];
}

/** One line of a table: what it says changes nothing around it. */
function tableLine(cells: readonly Cell[]): string {
  return csvLine(
    cells.map((cell) => typeof cell === "string" ? plain(cell) : cell),
  );
}

/** A table's first line. */
export function headLine({ columns }: Pick<Table, "columns">): string {
  return tableLine(columns.map(({ name }) => name));
}

const TEXT = "Text", INTEGER = "Integer", FLOAT = "Float", FLAG = "Boolean";

type Described = readonly [ColumnType, string];

/** The fields that every configuration may have; options of model and optimizer come beside them. */
const CONFIGURATION: Readonly<Record<string, Described>> = {
  revision: [INTEGER, "Version of the meaning of training"],
  seed: [INTEGER, "Draws weights, order of images and augmentation"],
  dataset: [TEXT, "Data set"],
  datasetDigest: [TEXT, "SHA-256 over the images and labels used, in order"],
  trainSize: [INTEGER, "Training images used"],
  evaluationSplit: [TEXT, "Split that is evaluated: validation or test"],
  flip: [FLAG, "Whether images are flipped at random"],
  crop: [INTEGER, "Pixels of padding that a random crop shifts by; 0 is none"],
  model: [TEXT, "Network"],
  optimizer: [TEXT, "Optimizer"],
  learningRate: [FLOAT, "Highest learning rate of the schedule"],
  weightDecay: [FLOAT, "Weight decay"],
  schedule: [TEXT, "Schedule of the learning rate"],
  warmup: [FLOAT, "Fraction of all steps that warm up linearly"],
  epochs: [FLOAT, "Passes over the training images"],
  batchSize: [INTEGER, "Images a step"],
  backend: [TEXT, "What computes: tensorflow, webgpu or cpu"],
  device: [TEXT, "cpu or gpu"],
  jit: [TEXT, "How a step runs: eager, graph, xla or fused"],
  intraOpThreads: [INTEGER, "Threads within an operation"],
  interOpThreads: [INTEGER, "Threads between operations"],
  tf32: [FLAG, "On a GPU: products of numbers rounded to TF32; empty: not"],
  deterministic: [FLAG, "On a GPU: false where equal runs may differ in bits"],
  runsTogether: [
    INTEGER,
    "Runs that share each step, this one among them; empty: alone",
  ],
  gradientNorms: [FLAG, "Whether each step records gradient norms; empty: not"],
};

/** Columns by name, type and description. */
function columnsOf(
  ...columns: readonly (readonly [string, ...Described])[]
): Column[] {
  return columns.map(([name, type, description]) => ({
    name,
    type,
    description,
  }));
}

/** How a run ended, and where it comes from. */
const ENDED = columnsOf(
  ["error", TEXT, "Why it failed; empty otherwise"],
  ["steps", INTEGER, "Steps taken"],
  [
    "initialLoss",
    FLOAT,
    "Mean cross-entropy over the evaluated split before the first step, in nats",
  ],
  ["finalLoss", FLOAT, "The same after the last step"],
  [
    "finalAccuracy",
    FLOAT,
    "Fraction of the evaluated split classified correctly after the last step",
  ],
  ["firstTrainLoss", FLOAT, "Training loss of step 1, in nats"],
  [
    "lastTrainLoss",
    FLOAT,
    "Mean training loss over the last tenth of the steps, in nats",
  ],
  ["seconds", FLOAT, "Wall time of the run in seconds"],
  ["startedAt", "DateTime", "When it began (ISO 8601, UTC)"],
  ["commit", TEXT, "Git commit of the code; empty outside a repository"],
  ["dirty", FLAG, "Whether the code differed from the commit"],
  ["codeHash", TEXT, "SHA-256 over the source that decides a run's numbers"],
  ["deno", TEXT, "Version of Deno"],
  ["tensorflow", TEXT, "Version of TensorFlow; empty where it was not used"],
  ["tfjs", TEXT, "Version of TensorFlow.js"],
  ["os", TEXT, "Operating system"],
  ["cpu", TEXT, "Processor"],
  ["cores", INTEGER, "Cores of the processor"],
);

const RUN = [
  ...columnsOf(
    [
      "run",
      TEXT,
      "Name of the run: 16 hexadecimal digits of the SHA-256 of its configuration",
    ],
    ["state", TEXT, "How it ended: finished, diverged or failed"],
  ),
  ...ENDED,
  ...columnsOf(
    ["card", TEXT, "GPU that trained it; empty for a processor"],
    ["notes", TEXT, "What must stand beside any result on the data set"],
    [
      "digest",
      TEXT,
      "SHA-256 of the run's rows in the packed study; empty in runs of earlier versions",
    ],
  ),
];

/** Types of the values that an option's column holds: one for all of them, or text. */
function typeOf(values: readonly Cell[]): ColumnType {
  const there = values.filter((it) => it !== null && it !== undefined);
  if (there.every((it) => typeof it === "boolean")) return FLAG;
  if (there.every(Number.isSafeInteger)) return INTEGER;
  return there.every((it) => typeof it === "number") ? FLOAT : TEXT;
}

/** Columns of a configuration's fields: those that all have, then options. */
function configColumns(
  configs: readonly Readonly<Record<string, Cell>>[],
  names: readonly string[],
): Column[] {
  return names.map((name): Column => {
    const known = Object.hasOwn(CONFIGURATION, name) && CONFIGURATION[name];
    const [type, description] = known ||
      [
        typeOf(configs.map((it) => it[name])),
        "Option of the model or optimizer",
      ];
    return { name: plain(`config.${name}`), type, description };
  });
}

function namesIn(configs: readonly RunConfig[]): string[] {
  return [...new Set(configs.flatMap(Object.keys))];
}

/** The table of these runs; a configuration's fields follow as `config.<field>`, by name. */
export function runTable(runs: readonly RunOutline[]): Table {
  const configs = runs.map(({ header }) => header.config);
  return {
    file: "runs.csv",
    title: "runs",
    description:
      "One line a run, by name: how it ended, where it comes from, its configuration.",
    columns: [...RUN, ...configColumns(configs, namesIn(configs).sort())],
    key: ["run"],
  };
}

/** A run as a line of {@link runTable}. */
export function runLine({ columns }: Table, run: RunOutline): string {
  return lineOf(columns, { ...fieldsOf(run), run: run.id });
}

type Fields = Readonly<Record<string, Cell>>;

/** All that columns have of a run. */
function fieldsOf({ header, summary }: Omit<RunOutline, "id">): Fields {
  const { config, provenance, startedAt } = header;
  const { card, datasetNotes, ...origin } = provenance;
  return {
    ...Object.fromEntries(
      Object.entries(config).map(([name, it]) => [plain(`config.${name}`), it]),
    ),
    ...summary,
    startedAt,
    ...origin,
    card: card?.name,
    notes: datasetNotes.join(" "),
  };
}

function lineOf(columns: readonly Column[], fields: Fields): string {
  return tableLine(
    columns.map(({ name }) =>
      Object.hasOwn(fields, name) ? fields[name] : null
    ),
  );
}

/** Losses and accuracies along the runs. */
export const MEASUREMENTS: Table = {
  file: "measurements.csv",
  title: "measurements",
  description:
    "One line a measurement, run after run as in runs.csv, in the order of the steps. Gradient norms are in the packed study alone.",
  columns: columnsOf(
    ["run", TEXT, "The run's name, as in runs.csv"],
    [
      "kind",
      TEXT,
      "train: a mean over the steps since the line before; evaluation: over a whole split",
    ],
    ["split", TEXT, "What was measured on: train, validation or test"],
    ["step", INTEGER, "Steps taken before it; 0 is before training"],
    ["loss", FLOAT, "Mean cross-entropy in nats"],
    ["accuracy", FLOAT, "Fraction classified correctly; empty for train"],
    ["learningRate", FLOAT, "Learning rate of the step; empty for evaluation"],
  ),
  key: ["run", "kind", "step"],
};

type Measurement = TrainMetric | EvaluationMetric;

function isMeasurement(metric: Metric): metric is Measurement {
  return metric.kind === "train" || metric.kind === "evaluation";
}

/** A run's measurements as lines of {@link MEASUREMENTS}. */
export function measurementLines(
  run: string,
  metrics: readonly Metric[],
): string[] {
  return metrics.filter(isMeasurement).map((metric) => {
    const { kind, step, loss } = metric;
    return metric.kind === "evaluation"
      ? tableLine([run, kind, metric.split, step, loss, metric.accuracy, null])
      : tableLine([run, kind, "train", step, loss, null, metric.learningRate]);
  });
}

/** A part that a run plays in a study. */
const CASE = columnsOf(
  ["experiment", TEXT, "The experiment that asked for it"],
  ["profile", TEXT, "How large the study is: full, standard, quick or smoke"],
  ["dataset", TEXT, "Data set of the study"],
  ["model", TEXT, "Network of the study, under a name of its own"],
  [
    "stage",
    TEXT,
    "Its part in the order of time: scout, tune, edge, report, ...",
  ],
  ["arm", TEXT, "What is compared, such as sing and adamw"],
  ["learningRate", FLOAT, "Learning rate of the part"],
  ["weightDecay", FLOAT, "Weight decay of the part"],
  ["seed", INTEGER, "Seed of the part"],
  ["run", TEXT, "The run's name, as in runs.csv"],
);

/** The parts that runs play in studies. */
export const CASES: Table = {
  file: "cases.csv",
  title: "cases",
  description:
    "One line a part that a run plays in a study, the planned runs that are not there among them.",
  columns: [
    ...CASE,
    ...columnsOf(["present", FLAG, "Whether the run is in runs.csv"]),
  ],
  key: ["experiment", "profile", "dataset", "model", "stage", "arm", "run"],
};

/** A study's parts as lines of {@link CASES}. */
export function caseLines(
  study: Study,
  present: (run: string) => boolean,
): string[] {
  return study.cases.map((part) =>
    lineOf(CASES.columns, {
      ...caseFields(study, part),
      present: present(part.runId),
    })
  );
}

function caseFields(
  { experiment, profile, dataset, model }: Omit<Study, "cases">,
  { stage, arm, learningRate, weightDecay, seed, runId }: StudyCase,
): Fields {
  const of = { experiment, profile, dataset, model };
  return { ...of, stage, arm, learningRate, weightDecay, seed, run: runId };
}

/** A planned run with what became of it, before its configuration. */
export const TRIAL: readonly Column[] = [
  ...CASE,
  ...columnsOf(
    [
      "state",
      TEXT,
      "finished, diverged (also where the loss did not fall), failed, or missing (planned and not there)",
    ],
    [
      "countedLoss",
      FLOAT,
      "The loss that verdicts count, in nats: finalLoss, or initialLoss where the run diverged; never above initialLoss",
    ],
  ),
  ...ENDED,
];

/** What every configuration may have beside a planned run's own columns. */
export const TRIAL_CONFIG: readonly Column[] = configColumns(
  [],
  Object.keys(CONFIGURATION).filter(isNoCaseField),
);

function isNoCaseField(name: string): boolean {
  return !CASE.some((column) => column.name === name);
}

/** The columns of these planned runs; those of their plan alone where none of them is there. */
export function trialColumns(trials: readonly Trial[]): readonly Column[] {
  const configs = trials.flatMap(({ header }) => header?.config ?? []);
  if (configs.length === 0) return TRIAL.slice(0, -ENDED.length);
  const names = namesIn(configs).filter(isNoCaseField);
  return [...TRIAL, ...configColumns(configs, names)];
}

/** A planned run as a line under these columns: one that is not there has its plan and nothing else. */
export function trialLine(
  columns: readonly Column[],
  study: Omit<Study, "cases">,
  trial: Trial,
): string {
  const { header, summary } = trial;
  return lineOf(columns, {
    ...header && summary && fieldsOf({ header, summary }),
    ...caseFields(study, trial),
    state: trialState(trial),
    countedLoss: trialLoss(trial),
  });
}

/** Fields of a configuration that studies vary run by run; the others are shared by many. */
export const VARIED = ["learningRate", "weightDecay", "seed"] as const;

/** The configuration but for {@link VARIED}, as JSON with its fields in order. */
export function sharedSettings(config: RunConfig): string {
  const fields = Object.entries(config).filter(([name]) =>
    !(VARIED as readonly string[]).includes(name)
  );
  const sorted = fields.toSorted(([a], [b]) => a < b ? -1 : 1);
  // In JSON the escapes are the characters themselves.
  return plain(JSON.stringify(Object.fromEntries(sorted)));
}

import { encodeRow } from "../data/runs/codec.ts";
import type { Metric, Run, RunConfig } from "../data/runs/record.ts";
import { type Trial, trialLoss, trialState } from "../data/runs/study.ts";
import {
  type Register,
  registerJson,
  registerSchemaJson,
} from "../data/verdicts/register.ts";
import { type Write, writeFiles } from "./site_folder.ts";
import { fileStem } from "./words.ts";
import type { StudyRuns } from "./workload.ts";
import { type Cell, csvLine } from "../data/text.ts";

/** An experiment's rows in three files. */
export interface Downloads {
  /** One line a planned run. */
  readonly runsCsv: string;
  /** One line a measurement. */
  readonly metricsCsv: string;
  /** A list of `{ study, cases: [{ plan, state, header, metrics, summary }] }`. */
  readonly json: string;
}

/** The runs of all experiments in two files, without their measurements. */
export interface AllRuns {
  /** One line a planned run. */
  readonly csv: string;
  /** A list of `{ study, cases: [{ plan, state, header, summary }] }`. */
  readonly json: string;
}

/** Reads a run's measurements; undefined where there is none that can be trusted. */
export type ReadRun = (id: string) => Run | undefined;

/**
 * Writes an experiment's rows, one run after another, so that each is read once and no more than
 * one run's measurements are in memory.
 *
 * @throws UserError where the disk refuses; the files of before are then still whole.
 */
export function writeDownloads(
  workloads: readonly StudyRuns[],
  read: ReadRun,
  { runsCsv, metricsCsv, json }: Downloads,
): void {
  writeFiles([runsCsv, metricsCsv, json], ([runs, metrics, everything]) => {
    writeRunsCsv(workloads, runs);
    metrics(csvLine(Object.keys(METRIC_COLUMNS)));
    const written = new Set<string>();
    writeStudiesJson(workloads, everything, (id) => {
      const all = read(id)?.metrics ?? [];
      if (!written.has(id)) metrics(metricLines(id, all));
      written.add(id);
      return `"metrics":[${all.map(encodeRow).join(",")}],`;
    });
  });
}

/**
 * Writes the runs of all experiments.
 *
 * @throws UserError where the disk refuses; the files of before are then still whole.
 */
export function writeAllRuns(
  workloads: readonly StudyRuns[],
  { csv, json }: AllRuns,
): void {
  writeFiles([csv, json], ([lines, studies]) => {
    writeRunsCsv(workloads, lines);
    writeStudiesJson(workloads, studies, () => "");
  });
}

/** Gradient norms, a number for each tensor and step, are in the JSON alone. */
function metricLines(id: string, metrics: readonly Metric[]): string {
  return metrics.map((metric) => {
    switch (metric.kind) {
      case "train": {
        const { kind, step, loss, learningRate } = metric;
        return csvLine([id, kind, "train", step, loss, null, learningRate]);
      }
      case "evaluation": {
        const { kind, split, step, loss, accuracy } = metric;
        return csvLine([id, kind, split, step, loss, accuracy, null]);
      }
      default:
        return "";
    }
  }).join("");
}

/** Writes one CSV line for each planned run, under a line with the names of the columns. */
function writeRunsCsv(workloads: readonly StudyRuns[], write: Write): void {
  const rows = workloads.flatMap((workload) =>
    workload.trials.map((trial) => runRow(workload, trial))
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  write(csvLine(columns));
  for (const row of rows) write(csvLine(columns.map((name) => row[name])));
}

/**
 * Writes studies with their runs as one JSON list, a run at a time; NaN and infinities become text.
 *
 * @param metrics What of a run's measurements stands between its header and its summary: a JSON
 * field with a comma after it, or nothing.
 */
function writeStudiesJson(
  workloads: readonly StudyRuns[],
  write: Write,
  metrics: (id: string) => string,
): void {
  write("[");
  for (const [index, { study, trials }] of workloads.entries()) {
    const { cases: _, ...rest } = study;
    write(`${index ? "," : ""}\n{"study":${JSON.stringify(rest)},"cases":[`);
    for (const [place, trial] of trials.entries()) {
      write(`${place ? "," : ""}\n${caseJson(trial, metrics)}`);
    }
    write("\n]}");
  }
  write("\n]\n");
}

function caseJson(
  trial: Trial,
  metrics: (id: string) => string,
): string {
  const { fate: _, score: __, header, summary, ...plan } = trial;
  const head = `"plan":${JSON.stringify(plan)},"state":"${trialState(trial)}"`;
  if (!header || !summary) return `{${head}}`;
  return `{${head},"header":${encodeRow(header)},${metrics(plan.runId)}` +
    `"summary":${encodeRow(summary)}}`;
}

/** A planned run as one flat row: its part in the study, how it ended, where it comes from. */
export type CsvRow = Readonly<Record<string, Cell>>;

/** The row of one planned run; a run that is not there has its plan and nothing else. */
function runRow({ study }: StudyRuns, trial: Trial): CsvRow {
  const { header, summary } = trial;
  return {
    experiment: study.experiment,
    profile: study.profile,
    dataset: study.dataset,
    model: study.model,
    stage: trial.stage,
    arm: trial.arm,
    learningRate: trial.learningRate,
    weightDecay: trial.weightDecay,
    seed: trial.seed,
    run: trial.runId,
    state: trialState(trial),
    countedLoss: trialLoss(trial),
    ...summary && picked(summary, END_FIELDS),
    ...header && {
      startedAt: header.startedAt,
      ...picked(header.provenance, ORIGIN_FIELDS),
      ...optionsOf(header.config),
    },
  };
}

const END_FIELDS = [
  ...["error", "steps", "initialLoss", "finalLoss", "finalAccuracy"] as const,
  ...["firstTrainLoss", "lastTrainLoss", "seconds"] as const,
];

const ORIGIN_FIELDS = [
  ...["commit", "dirty", "codeHash", "deno", "tensorflow", "tfjs"] as const,
  ...["os", "cpu", "cores"] as const,
];

/** These fields, in this order. */
function picked<Name extends string>(
  row: { readonly [N in Name]?: Cell },
  names: readonly Name[],
): CsvRow {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** The fields that are no columns already, as parts of the plan or of the study. */
function optionsOf(
  {
    dataset: _d,
    model: _m,
    learningRate: _l,
    weightDecay: _w,
    seed: _s,
    ...rest
  }: RunConfig,
): CsvRow {
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [`config.${name}`, value]),
  );
}

/** What each field of the verdicts' files means. */
export const SCHEMA_FILE = "verdicts.schema.json";

/** The file that holds a register; the weightiest has the plain name. */
export function verdictsFile(profile: string, index: number): string {
  return index === 0 ? "verdicts.json" : `verdicts-${fileStem(profile)}.json`;
}

/** The verdicts as data, by their files in the site, with the schema beside them. */
export function verdictFiles(
  registers: readonly Register[],
): ReadonlyMap<string, string> {
  const files = new Map(
    registers.map((it, i) => [verdictsFile(it.profile, i), registerJson(it)]),
  );
  if (registers.length > 0) files.set(SCHEMA_FILE, registerSchemaJson());
  return files;
}

/** What the columns of the runs' CSV mean; those of `config.` are the configuration's own. */
export const RUN_COLUMNS: Readonly<Record<string, string>> = {
  experiment: "The script that planned the run",
  profile:
    "The size of the study: smoke, quick, standard or full, with what was changed of it",
  dataset: "The images",
  model: "The network",
  stage:
    "What the run is for: scout, tune, edge, listed, decay scout, decay tune, report or final",
  arm: "The optimizer with its settings, as the study names it",
  learningRate: "Peak learning rate",
  weightDecay: "Decoupled weight decay; 0 is none",
  seed: "Draws weights, order of the images and augmentation",
  run: "The run's id: the first 16 digits of the SHA-256 of its configuration",
  state:
    "finished, diverged (also where the loss did not fall), failed, or missing (planned and not there)",
  countedLoss:
    "The loss that verdicts count, nats: finalLoss, or initialLoss where the run diverged; never above initialLoss",
  error: "Why the run failed",
  steps: "Updates of the weights",
  initialLoss:
    "Mean cross-entropy on the evaluation split before the first step, nats",
  finalLoss: "The same after the last step",
  finalAccuracy:
    "Share of the evaluation split classified correctly after the last step",
  firstTrainLoss: "Training loss of the first step, nats",
  lastTrainLoss: "Mean training loss of the last tenth of the steps, nats",
  digest: "SHA-256 of the run's rows",
  seconds: "Time that training took",
  startedAt: "Start, UTC",
  commit: "Commit of the code that trained it",
  dirty: "Whether that code had changes that were not committed",
  codeHash: "SHA-256 of the code that trains",
  deno: "Version of Deno",
  tensorflow: "Version of TensorFlow",
  tfjs: "Version of TensorFlow.js",
  os: "Operating system",
  cpu: "Processor",
  cores: "Logical cores of the machine",
};

/** What some options of a configuration mean that do not say so themselves. */
const CONFIG_COLUMNS: Readonly<Record<string, string>> = {
  "config.revision":
    "Raised where the same configuration came to mean another training",
  "config.jit":
    "How a step is run: eager, a recorded graph, compiled by XLA, or a graph with parts that are",
  "config.datasetDigest": "SHA-256 over the images and labels used, in order",
  "config.evaluationSplit": "Which split is evaluated",
  "config.crop": "Pixels of padding by which a random crop shifts; 0 is none",
  "config.flip": "Whether images are mirrored at random",
  "config.warmup": "Share of the steps over which the rate rises",
};

/** What the columns of the measurements' CSV mean. */
const METRIC_COLUMNS: Readonly<Record<string, string>> = {
  run: "The run's id",
  kind: "train or evaluation",
  split: "train, validation or test",
  step: "After how many updates; of training, the update's number",
  loss: "Cross-entropy, nats",
  accuracy: "Share classified correctly; of evaluations",
  learningRate: "The rate of the update; of training",
};

/** The dictionary that lies beside the rows. */
export function rowsReadme(): string {
  const table = (columns: Readonly<Record<string, string>>) =>
    ["| column | meaning |", "| --- | --- |"].concat(
      Object.entries(columns).map(([name, it]) => `| \`${name}\` | ${it} |`),
    ).join("\n");
  return `# The rows

\`NAME-runs.csv\` has a line for each planned run, \`NAME-measurements.csv\` a line for each
measurement, \`NAME.json\` all of it. A text that a spreadsheet would run as a formula has a quote
before it. What was not measured is empty.

## Runs

${table(RUN_COLUMNS)}

The other columns, \`config.…\`, are the rest of the run's configuration: all that can change a bit
of its result.

${table(CONFIG_COLUMNS)}

## Measurements

${table(METRIC_COLUMNS)}

## H1 from the rows

\`python3 recompute_h1.py learning_rate-runs.csv\` (NumPy and SciPy) recomputes the ratio of the best
learning rates with its 90% interval, for studies of a fixed plan. \`deno task verify\` recomputes all
verdicts of any study.
`;
}

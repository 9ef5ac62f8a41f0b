import { createHash } from "node:crypto";
import {
  type Card,
  type EvaluationMetric,
  type GradientsMetric,
  type Metric,
  type ParameterRow,
  type ParametersMetric,
  type Provenance,
  refuseNewer,
  type Run,
  type RunConfig,
  type RunHeader,
  runId,
  runIdPattern,
  type RunSummary,
  schemaVersion,
  type Study,
  type StudyCase,
  type TrainMetric,
} from "./record.ts";
import {
  conform,
  conforms,
  count,
  finite,
  flag,
  isRecord,
  type Kind,
  listOf,
  Malformed,
  measure,
  measures,
  oneOf,
  optional,
  orNull,
  parseJson,
  positive,
  record,
  records,
  type Shape,
  text,
  texts,
} from "./shape.ts";

const shape: Shape<ParameterRow> = {
  name: text,
  shape: listOf("sizes", count.accepts),
  rescales: flag,
};

/** A list of what a network trains. */
export const parameterRows: Kind = listOf(
  "parameters",
  (value) => conforms(value, shape),
);

/** One row as a line of a file. JSON has no NaN and no infinities, so these become text. */
export function encodeRow(row: RunHeader | Metric | RunSummary): string {
  const json = JSON.stringify(row);
  // Three times as fast where there is no NaN, which would stand as null.
  if (!json.includes("null")) return json + "\n";
  return JSON.stringify(row, nonFiniteAsText) + "\n";
}

/** @throws Malformed */
export function decodeHeader(line: string): RunHeader {
  const value = parseJson(line, "header");
  refuseNewer(value);
  const header = conform<RunHeader>(value, headerShape, "header");
  conform<Provenance>(header.provenance, provenanceShape, "provenance");
  conform<RunConfig>(header.config, configShape, "configuration");
  if (configId(header.config) !== header.id) {
    throw new Malformed(
      `its configuration is not that of run ${header.id}`,
    );
  }
  return header;
}

/** @throws Malformed */
export function decodeMetric(line: string): Metric {
  const value = parseJson(line, "metric");
  switch (isRecord(value) ? value.kind : undefined) {
    case "evaluation":
      return conform<EvaluationMetric>(value, evaluationShape, "evaluation");
    case "parameters":
      return conform<ParametersMetric>(value, parametersShape, "parameters");
    case "gradients":
      return conform<GradientsMetric>(value, gradientsShape, "gradients");
    default:
      return conform<TrainMetric>(value, trainShape, "metric");
  }
}

/** @throws Malformed */
export function decodeSummary(line: string): RunSummary {
  return conform<RunSummary>(
    parseJson(line, "summary"),
    summaryShape,
    "summary",
  );
}

const headerShape: Shape<RunHeader> = {
  kind: oneOf("header"),
  schema: oneOf(schemaVersion),
  id: text,
  config: record,
  provenance: record,
  startedAt: text,
};

const cardShape: Shape<Card> = {
  name: text,
  index: count,
  memory: count,
  capability: text,
  cuda: text,
  driver: optional(text),
};

const provenanceShape: Shape<Provenance> = {
  commit: orNull(text),
  dirty: flag,
  codeHash: text,
  deno: text,
  tensorflow: orNull(text),
  tfjs: text,
  os: text,
  cpu: text,
  cores: count,
  card: optional({
    expects: "a card",
    accepts: (value) => conforms(value, cardShape),
  }),
  datasetNotes: texts,
};

const configShape: Shape<RunConfig> = {
  revision: count,
  seed: count,
  dataset: text,
  datasetDigest: text,
  trainSize: count,
  evaluationSplit: oneOf("validation", "test"),
  flip: flag,
  crop: count,
  model: text,
  optimizer: text,
  learningRate: positive,
  weightDecay: finite,
  schedule: text,
  warmup: finite,
  epochs: finite,
  batchSize: count,
  backend: text,
  device: text,
  jit: text,
  intraOpThreads: count,
  interOpThreads: count,
  tf32: optional(flag),
  deterministic: optional(flag),
  gradientNorms: optional(flag),
};

const trainShape: Shape<TrainMetric> = {
  kind: oneOf("train"),
  step: count,
  loss: measure,
  learningRate: measure,
};

const evaluationShape: Shape<EvaluationMetric> = {
  kind: oneOf("evaluation"),
  step: count,
  split: oneOf("validation", "test"),
  loss: measure,
  accuracy: measure,
};

const parametersShape: Shape<ParametersMetric> = {
  kind: oneOf("parameters"),
  step: oneOf(0),
  parameters: parameterRows,
};

const gradientsShape: Shape<GradientsMetric> = {
  kind: oneOf("gradients"),
  step: count,
  loss: measure,
  norms: measures,
};

const summaryShape: Shape<RunSummary> = {
  kind: oneOf("summary"),
  state: oneOf("finished", "diverged", "failed"),
  error: optional(text),
  steps: count,
  initialLoss: optional(measure),
  finalLoss: optional(measure),
  finalAccuracy: optional(measure),
  firstTrainLoss: optional(measure),
  lastTrainLoss: optional(measure),
  seconds: finite,
  digest: optional(text),
};

function configId(config: RunConfig): string | undefined {
  try {
    return runId(config);
  } catch {
    return undefined; // a value that no configuration can hold
  }
}

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value)
    ? String(value)
    : value;
}

/**
 * The study in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function decodeStudy(json: string): Study {
  const value = parseJson(json, "study");
  refuseNewer(value);
  const study = conform<Study>(value, studyShape as Shape<Study>, "study");
  for (const entry of study.cases) {
    conform<StudyCase>(entry, caseShape, "case");
  }
  return study;
}

const studyShape: Shape<
  Omit<
    Study,
    "title" | "arms" | "comparisons" | "figures" | "plan" | "looks"
  >
> = {
  schema: oneOf(schemaVersion),
  experiment: text,
  question: text,
  command: text,
  profile: text,
  dataset: text,
  model: text,
  method: texts,
  parameters: optional(parameterRows),
  cases: records,
};

const caseShape: Shape<StudyCase> = {
  runId: { expects: "a run id", accepts: isRunId },
  stage: text,
  arm: text,
  learningRate: { expects: "a number from 1e-30 to 1e30", accepts: isDrawable },
  weightDecay: {
    expects: "0 or a number from 1e-30 to 1e30",
    accepts: (value) => value === 0 || isDrawable(value),
  },
  seed: count,
};

/** Farther out lie no rates that anybody trains with, and the arithmetic of axes fails. */
function isDrawable(value: unknown): boolean {
  return typeof value === "number" && value >= 1e-30 && value <= 1e30;
}

function isRunId(value: unknown): boolean {
  return typeof value === "string" && runIdPattern.test(value);
}

/** A run without its measurements: enough for tables, and small enough to hold thousands. */
export type RunOutline = Omit<Run, "metrics">;

/** A whole run as the text of its file, its measurements in step order. */
export function encodeRun({ header, metrics, summary }: Run): string {
  const rows = [header, ...metrics.toSorted(byStep), summary];
  return rows.map(encodeRow).join("");
}

/** The run with a digest of all its rows in its summary, by which a later change is noticed. */
export function sealRun(run: Run): Run {
  const { digest: _, ...summary } = run.summary;
  const digest = sha256(encodeRun({ ...run, summary }));
  return { ...run, summary: { ...summary, digest } };
}

/**
 * The whole run in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function readRun(content: string, id: string): Run {
  const lines = wholeLines(content);
  const header: RunHeader = atLine(1, () => decodeHeader(lines.at(0) ?? ""));
  if (header.id !== id) throw new Malformed(`it holds run ${header.id}`);
  if (lines.length === 1) throw new Malformed("it has no summary");
  const metrics = lines.slice(1, -1).map((line, index) =>
    atLine(index + 2, () => decodeMetric(line))
  );
  const summary: RunSummary = atLine(
    lines.length,
    () => decodeSummary(lines.at(-1) ?? ""),
  );
  if (summary.digest !== undefined && summary.digest !== digestOf(content)) {
    throw new Malformed("its rows were changed: their digest is another");
  }
  return { id, header, metrics: metrics.sort(byStep), summary };
}

/** Of a file's text without the digest that ends it; runs of earlier versions have none. */
function digestOf(content: string): string {
  return sha256(content.replace(/,"digest":"[0-9a-f]{64}"\}\n$/, "}\n"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function wholeLines(content: string): string[] {
  if (content === "") throw new Malformed("it is empty");
  if (!content.endsWith("\n")) throw new Malformed("its last line is cut off");
  return content.slice(0, -1).split("\n");
}

function atLine<T>(line: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new Malformed(`line ${line}: ${error.message}`);
  }
}

function byStep(a: Metric, b: Metric): number {
  return a.step - b.step;
}

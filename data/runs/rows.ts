import { parameterRows } from "./parameter_rows.ts";
import { runId } from "./run_id.ts";
import type {
  EvaluationMetric,
  GradientsMetric,
  Metric,
  ParametersMetric,
  Provenance,
  RunConfig,
  RunHeader,
  RunSummary,
  TrainMetric,
} from "./schema.ts";
import { refuseNewer, schemaVersion } from "./schema_version.ts";
import {
  conform,
  count,
  finite,
  flag,
  isRecord,
  Malformed,
  measure,
  measures,
  oneOf,
  optional,
  orNull,
  parseJson,
  positive,
  record,
  type Shape,
  text,
  texts,
} from "./shape.ts";

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

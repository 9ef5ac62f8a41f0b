import { runId, runIdPattern } from "./run_id.ts";
import type {
  EvaluationMetric,
  Metric,
  Provenance,
  RunConfig,
  RunHeader,
  RunSummary,
  Study,
  StudyCase,
  TrainMetric,
} from "./schema.ts";
import {
  conform,
  count,
  finite,
  flag,
  isRecord,
  Malformed,
  measure,
  oneOf,
  optional,
  orNull,
  record,
  records,
  type Shape,
  text,
  texts,
} from "./shape.ts";

/** The version of the run record that this code writes; it reads no newer one. */
export const schemaVersion = 1;

/** One row as a line of a file. JSON has no NaN and no infinities, so these become text. */
export function encodeRow(row: RunHeader | Metric | RunSummary): string {
  return JSON.stringify(row, nonFiniteAsText) + "\n";
}

/** @throws Malformed */
export function decodeHeader(line: string): RunHeader {
  const value = parse(line, "header");
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
  const value = parse(line, "metric");
  return isRecord(value) && value.kind === "evaluation"
    ? conform<EvaluationMetric>(value, evaluationShape, "evaluation")
    : conform<TrainMetric>(value, trainShape, "metric");
}

/** @throws Malformed */
export function decodeSummary(line: string): RunSummary {
  return conform<RunSummary>(parse(line, "summary"), summaryShape, "summary");
}

/** @throws Malformed */
export function decodeStudy(json: string): Study {
  const value = parse(json, "study");
  refuseNewer(value);
  const study = conform<Study>(value, studyShape, "study");
  for (const entry of study.cases) {
    conform<StudyCase>(entry, caseShape, "case");
  }
  return study;
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
  learningRate: finite,
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

const studyShape: Shape<Study> = {
  schema: oneOf(schemaVersion),
  experiment: text,
  question: text,
  command: text,
  profile: text,
  dataset: text,
  model: text,
  method: texts,
  cases: records,
};

const caseShape: Shape<StudyCase> = {
  runId: { expects: "a run id", accepts: isRunId },
  stage: text,
  arm: text,
  learningRate: finite,
  weightDecay: finite,
  seed: count,
};

function isRunId(value: unknown): boolean {
  return typeof value === "string" && runIdPattern.test(value);
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Malformed(`the ${what} is not JSON`);
  }
}

function refuseNewer(value: unknown): void {
  const schema = isRecord(value) ? value.schema : undefined;
  if (typeof schema === "number" && schema > schemaVersion) {
    throw new Malformed(
      `it was written by a newer Tenfold (schema ${schema}, this one reads ${schemaVersion})`,
    );
  }
}

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

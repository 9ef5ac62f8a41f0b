import {
  type Metric,
  type Provenance,
  type Run,
  type RunConfig,
  type RunHeader,
  runId,
  type RunSummary,
  type Study,
} from "../record.ts";

/** A configuration as an experiment would make it, with some fields replaced. */
export function exampleConfig(changes: Partial<RunConfig> = {}): RunConfig {
  return {
    revision: 1,
    seed: 3,
    dataset: "fashion-mnist-subset",
    datasetDigest: "5b1f",
    trainSize: 3000,
    evaluationSplit: "validation",
    flip: false,
    crop: 0,
    model: "cnn",
    optimizer: "sing",
    learningRate: 1e-2,
    weightDecay: 0,
    schedule: "warmup-cosine",
    warmup: 0.05,
    epochs: 2,
    batchSize: 100,
    backend: "tensorflow",
    device: "cpu",
    jit: "graph",
    intraOpThreads: 1,
    interOpThreads: 1,
    "model.width": 16,
    "optimizer.lookahead": true,
    ...changes,
  };
}

export const EXAMPLE_PROVENANCE: Provenance = {
  commit: "0123456789abcdef0123456789abcdef01234567",
  dirty: false,
  codeHash: "c0de".repeat(16),
  deno: "2.9.6",
  tensorflow: "2.21.0",
  tfjs: "4.22.0",
  os: "linux x86_64",
  cpu: "An example processor",
  cores: 2,
  datasetNotes: [],
};

export function exampleHeader(
  config: RunConfig = exampleConfig(),
  provenance: Partial<Provenance> = {},
): RunHeader {
  return {
    kind: "header",
    schema: 1,
    id: runId(config),
    config,
    provenance: { ...EXAMPLE_PROVENANCE, ...provenance },
    startedAt: "2024-05-01T10:00:00.000Z",
  };
}

export const EXAMPLE_METRICS: readonly Metric[] = [
  { kind: "evaluation", step: 0, split: "validation", loss: 2.3, accuracy: .1 },
  { kind: "train", step: 10, loss: 1.5, learningRate: 1e-2 },
  { kind: "train", step: 20, loss: 0.9, learningRate: 5e-3 },
  {
    kind: "evaluation",
    step: 20,
    split: "validation",
    loss: 0.8,
    accuracy: .7,
  },
];

export const EXAMPLE_SUMMARY: RunSummary = {
  kind: "summary",
  state: "finished",
  steps: 20,
  initialLoss: 2.3,
  finalLoss: 0.8,
  finalAccuracy: 0.7,
  firstTrainLoss: 2.4,
  lastTrainLoss: 0.9,
  seconds: 1.5,
};

/** A whole run of a configuration, as the trainer gives it to the store. */
export function exampleRun(
  config: RunConfig = exampleConfig(),
  summary: RunSummary = EXAMPLE_SUMMARY,
): Run {
  const header = exampleHeader(config);
  return { id: header.id, header, metrics: EXAMPLE_METRICS, summary };
}

/** A study that asks for these runs. */
export function studyOf(
  runIds: readonly string[],
  changes: Partial<Study> = {},
): Study {
  const cases = runIds.map((runId, seed) => ({
    ...{ runId, stage: "tune", arm: "sing" },
    ...{ learningRate: 0.01, weightDecay: 0, seed },
  }));
  return {
    schema: 1,
    experiment: "learning_rate",
    question: "Which?",
    command: "deno task run learning_rate",
    profile: "standard",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: ["So."],
    cases,
    ...changes,
  };
}

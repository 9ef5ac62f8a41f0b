import type { RunHeader } from "../data/runs/record.ts";
import { type Trial, trialState } from "../data/runs/study.ts";
import { armLabel } from "./charts/arm_style.ts";
import {
  type Columns,
  encodeColumns,
  type FlatRow,
  shareRows,
} from "./columns.ts";
import type { ExperimentContent } from "./content.ts";
import { withoutInvisible } from "./html.ts";
import { describeConfig, describeOrigin } from "./provenance.ts";
import { datasetName, modelName } from "./words.ts";
import type { StudyRuns } from "./workload.ts";

/** What the page of all runs gets: every planned run, and what many of them share. */
export interface RunTable {
  /** Of {@link RunLine}. */
  readonly runs: Columns;
  /** Where runs come from: names and texts for people. */
  readonly origins: Columns;
  /** Configurations without what is planned run by run: fields and their values as text. */
  readonly configs: Columns;
}

/** A planned run as the page of all runs shows it. Null is what is not there, or no finite number. */
export type RunLine = ReturnType<typeof lineOf> & {
  /** Places among the table's origins and configurations. */
  readonly origin: number | null;
  readonly config: number | null;
};

/** Every planned run of every study, in the order of the experiments' pages. */
export function packRuns(experiments: readonly ExperimentContent[]): RunTable {
  const lines = experiments.flatMap(({ title, workloads }) =>
    workloads.flatMap((workload) =>
      workload.trials.map((trial) => ({
        line: lineOf(title, workload, trial),
        header: trial.header,
      }))
    )
  );
  const shared = (describe: (header: RunHeader) => FlatRow) =>
    shareRows(lines.map(({ header }) => header ? describe(header) : null));
  const [origins, configs] = [shared(describeOrigin), shared(options)];
  const runs = lines.map(({ line }, index): RunLine => ({
    ...line,
    origin: origins.places[index] ?? null,
    config: configs.places[index] ?? null,
  }));
  return {
    runs: encodeColumns(runs.map(readable)),
    origins: encodeColumns(origins.shared.map(readable)),
    configs: encodeColumns(configs.shared.map(readable)),
  };
}

function lineOf(experiment: string, { study }: StudyRuns, trial: Trial) {
  const { summary, header } = trial;
  return {
    run: trial.runId,
    experiment,
    profile: study.profile,
    dataset: datasetName(study.dataset),
    model: modelName(study.model),
    stage: trial.stage,
    arm: armLabel(trial.arm),
    learningRate: trial.learningRate,
    weightDecay: trial.weightDecay,
    seed: trial.seed,
    state: trialState(trial),
    // Validation loss after the last step, before the first, and of the last tenth's training; nats.
    loss: digits(summary?.finalLoss),
    initialLoss: digits(summary?.initialLoss),
    lastTrainLoss: digits(summary?.lastTrainLoss),
    /** Fraction of the images classified correctly after the last step. */
    accuracy: digits(summary?.finalAccuracy),
    steps: digits(summary?.steps),
    seconds: digits(summary?.seconds),
    /** Seconds since 1970, UTC. */
    started: digits(Date.parse(header?.startedAt ?? "") / 1000, 10),
    /** Why it failed. */
    error: summary?.error ?? null,
    /** Repeats its study. */
    command: study.command,
  };
}

/** Enough to sort by and more than is shown; the downloads hold all. */
function digits(value: number | undefined, precision = 5): number | null {
  return value !== undefined && Number.isFinite(value)
    ? Number(value.toPrecision(precision))
    : null;
}

function options({ config }: RunHeader): FlatRow {
  const { learningRate: _, weightDecay: __, seed: ___, ...rest } = config;
  return describeConfig(rest);
}

/** Names and texts as the templates of HTML would have them, for a script that shows them as text. */
function readable(row: FlatRow): FlatRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      withoutInvisible(name),
      typeof value === "string" ? withoutInvisible(value) : value,
    ]),
  );
}

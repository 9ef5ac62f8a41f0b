import type { RunHeader, RunSummary } from "../data/runs/schema.ts";
import type { Cell } from "./csv.ts";
import type { Result, Workload } from "./workload.ts";

/** A planned run as one flat row: its part in the study, how it ended, where it comes from. */
export type RunRow = Readonly<Record<string, Cell>>;

/** The row of one planned run; a run that is not there has its plan and nothing else. */
export function runRow({ study }: Workload, result: Result): RunRow {
  const { plan, state, run, loss } = result;
  return {
    experiment: study.experiment,
    profile: study.profile,
    dataset: study.dataset,
    model: study.model,
    stage: plan.stage,
    arm: plan.arm,
    learningRate: plan.learningRate,
    weightDecay: plan.weightDecay,
    seed: plan.seed,
    run: plan.runId,
    state,
    countedLoss: loss,
    ...run && endOf(run.summary),
    ...run && originOf(run.header),
  };
}

function endOf(summary: RunSummary): RunRow {
  return {
    error: summary.error,
    steps: summary.steps,
    initialLoss: summary.initialLoss,
    finalLoss: summary.finalLoss,
    finalAccuracy: summary.finalAccuracy,
    firstTrainLoss: summary.firstTrainLoss,
    lastTrainLoss: summary.lastTrainLoss,
    seconds: summary.seconds,
  };
}

function originOf({ config, provenance, startedAt }: RunHeader): RunRow {
  const options = Object.entries(config).filter(([name]) =>
    !planned.includes(name)
  );
  return {
    startedAt,
    commit: provenance.commit,
    dirty: provenance.dirty,
    codeHash: provenance.codeHash,
    deno: provenance.deno,
    tensorflow: provenance.tensorflow,
    tfjs: provenance.tfjs,
    os: provenance.os,
    cpu: provenance.cpu,
    cores: provenance.cores,
    ...Object.fromEntries(
      options.map(([name, value]) => [`config.${name}`, value]),
    ),
  };
}

/** Configuration fields that are columns already, as parts of the plan or of the study. */
const planned = [
  "dataset",
  "model",
  "learningRate",
  "weightDecay",
  "seed",
];

/** From a request to finished runs: plans each experiment's studies, conducts them, shows progress. */
import * as tf from "@tensorflow/tfjs";
import { existsSync } from "node:fs";
import { UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import type { ParameterRow, Study } from "../../data/runs/record.ts";
import {
  type Dataset,
  datasetDigest,
  loadDataset,
} from "../../data/sets/mod.ts";
import { buildModel } from "../models/mod.ts";
import { findLibrary } from "../tensorflow/library.ts";
import { totalSteps } from "./configured.ts";
import type { BaseConfig, Experiment, Plan, Workload } from "./experiment.ts";
import { provenance } from "./provenance.ts";
import { deviceFlags, profileName, type Request } from "./request.ts";
import { conduct, type Inquiry, type Progress } from "./runner.ts";
import { parameterRows } from "./trainer.ts";

/**
 * Trains what the experiments ask for and the store does not have yet.
 *
 * @returns the counts at the end; all 0 where the profile leaves the experiments out.
 * @throws UserError if the request, the data or the place to keep runs cannot be used.
 */
export async function train(
  experiments: readonly Experiment[],
  request: Request,
  signal: AbortSignal,
): Promise<Progress> {
  const datasetOptions = request.data === undefined
    ? {}
    : { directory: request.data };
  checkDataFolder(request.data);
  const dataset = await loadDataset(request.dataset, datasetOptions);
  const inquiries = experiments.flatMap((experiment) =>
    inquire(experiment, request, dataset)
  );
  if (inquiries.length === 0) return noProgress;
  if (request.backend === "tensorflow") await findLibrary();
  const expected = inquiries.reduce(
    (sum, inquiry) => sum + inquiry.expectedRuns,
    0,
  );
  const bar = startProgress("training", expected, { unit: "runs" });
  try {
    const end = await conduct(inquiries, {
      ...request,
      dataset: datasetOptions,
      provenance: {
        ...await provenance(dataset.notes),
        ...request.card && { card: request.card },
      },
      onProgress: ({ done, planned, skipped }) =>
        bar.update(done, Math.max(planned, expected), skipped),
      signal,
    });
    // Experiments may have had runs in common; a failure leaves runs out.
    if (end.failed === 0) bar.update(end.done, end.planned);
    return end;
  } finally {
    bar.stop();
  }
}

/** One inquiry for each workload of the profile that the request lets through. */
function inquire(
  experiment: Experiment,
  request: Request,
  dataset: Dataset,
): Inquiry[] {
  const { profile, model } = request;
  return experiment.workloads(profile)
    .filter(({ config }) => model === undefined || config.model === model)
    .map((workload) => {
      const base = baseConfig(experiment, workload, request, dataset);
      const plan: Plan = { profile, workload, base, overrides: request };
      return {
        study: {
          ...describe(experiment, plan, request),
          parameters: parametersOf(base, dataset),
        },
        stages: experiment.stages(plan),
        expectedRuns: experiment.expectedRuns(profile, workload, request),
      };
    });
}

function baseConfig(
  experiment: Experiment,
  { config: workload }: Workload,
  request: Request,
  dataset: Dataset,
): BaseConfig {
  const { backend, card, trainSize, epochs, batchSize } = request;
  const sizes = {
    trainSize: trainSize ?? Math.min(workload.trainSize, dataset.train.size),
    epochs: epochs ?? workload.epochs,
    batchSize: batchSize ?? workload.batchSize,
  };
  totalSteps(sizes);
  if (sizes.trainSize > dataset.train.size) {
    throw new UserError(
      `Cannot train as --train-size must be at most ${dataset.train.size}, the training images ` +
        `of ${dataset.name}: current value is ${sizes.trainSize}`,
    );
  }
  return {
    ...experiment.config,
    ...workload,
    ...sizes,
    dataset: dataset.name,
    datasetDigest: datasetDigest(dataset, sizes.trainSize),
    evaluationSplit: "validation",
    backend,
    device: card ? "gpu" : "cpu",
    ...request.tf32 && { tf32: true },
    ...!request.deterministic && { deterministic: false },
    jit: backend === "cpu" ? "eager" : workload.jit,
    intraOpThreads: 1,
    interOpThreads: 1,
  };
}

function describe(
  experiment: Experiment,
  plan: Plan,
  request: Request,
): Omit<Study, "cases"> {
  const { name, question } = experiment;
  return {
    schema: 1,
    experiment: name,
    question,
    command: commandOf(name, request),
    profile: profileName(request),
    dataset: plan.base.dataset,
    model: plan.workload.name,
    method: experiment.method(plan),
  };
}

/** What repeats the study: the flags that decide it, and a placeholder for the data's folder. */
function commandOf(name: string, request: Request): string {
  const { profile, dataset, data, backend, model, changes } = request;
  return [
    `deno task run ${name} --profile ${profile} --dataset ${dataset}`,
    ...(data === undefined ? [] : ["--data DIR"]),
    ...(backend === "tensorflow" ? [] : [`--backend ${backend}`]),
    ...(model === undefined ? [] : [`--model ${model}`]),
    ...changes,
    ...deviceFlags(request),
  ].join(" ");
}

function checkDataFolder(folder: string | undefined): void {
  if (folder === undefined || existsSync(folder)) return;
  throw new UserError(
    `Cannot read data as --data must name a folder that exists: current value is ${folder}`,
  );
}

/** What the network trains, without training it. */
function parametersOf(base: BaseConfig, dataset: Dataset): ParameterRow[] {
  tf.enableProdMode(); // or TensorFlow.js advises to install another backend
  const model = buildModel(base, dataset);
  const rows = parameterRows(model.parameters);
  model.dispose();
  return rows;
}

const noProgress: Progress = {
  planned: 0,
  done: 0,
  skipped: 0,
  failed: 0,
  reasons: [],
};

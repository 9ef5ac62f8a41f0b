/** From a request to finished runs: plans each experiment's studies, conducts them, shows progress. */
import type { Study } from "../../data/runs/schema.ts";
import {
  type Dataset,
  datasetDigest,
  loadDataset,
} from "../../data/sets/mod.ts";
import { UserError } from "../../data/user_error.ts";
import { findLibrary } from "../tensorflow/library.ts";
import type { BaseConfig, Experiment, Plan, Workload } from "./experiment.ts";
import { startProgress } from "./progress.ts";
import { provenance } from "./provenance.ts";
import type { Request } from "./request.ts";
import { conduct, type Inquiry, type Progress } from "./runner.ts";
import { totalSteps } from "./steps.ts";

/**
 * Trains what the experiments ask for and the store does not have yet.
 *
 * @returns the counts at the end.
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
  const dataset = await loadDataset(request.dataset, datasetOptions);
  const inquiries = experiments.flatMap((experiment) =>
    inquire(experiment, request, dataset)
  );
  if (request.backend === "tensorflow") await findLibrary();
  const expected = inquiries.reduce(
    (sum, inquiry) => sum + inquiry.expectedRuns,
    0,
  );
  const bar = startProgress("training", expected, { unit: "runs" });
  try {
    return await conduct(inquiries, {
      ...request,
      dataset: datasetOptions,
      provenance: provenance(dataset.notes),
      onProgress: ({ done, planned }) =>
        bar.update(done, Math.max(planned, expected)),
      signal,
    });
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
    .filter((workload) => model === undefined || workload.model === model)
    .map((workload) => {
      const base = baseConfig(experiment, workload, request, dataset);
      const plan: Plan = { profile, base, overrides: request };
      return {
        study: describe(experiment, plan),
        stages: experiment.stages(plan),
        expectedRuns: experiment.expectedRuns(profile, request),
      };
    });
}

function baseConfig(
  experiment: Experiment,
  workload: Workload,
  request: Request,
  dataset: Dataset,
): BaseConfig {
  const { backend, trainSize, epochs, batchSize } = request;
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
    device: "cpu",
    jit: backend === "cpu" ? "eager" : workload.jit,
    intraOpThreads: 1,
    interOpThreads: 1,
  };
}

function describe(experiment: Experiment, plan: Plan): Omit<Study, "cases"> {
  const { name, question } = experiment;
  const { profile, base } = plan;
  return {
    schema: 1,
    experiment: name,
    question,
    command:
      `deno task run ${name} --profile ${profile} --dataset ${base.dataset}`,
    profile,
    dataset: base.dataset,
    model: base.model,
    method: experiment.method(plan),
  };
}

/** From a request to finished runs: plans each experiment's studies, runs them, shows progress. */
import * as tf from "@tensorflow/tfjs";
import { existsSync } from "node:fs";
import { UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import type { ParameterRow, Study } from "../../data/runs/record.ts";
import { planDifference } from "../../data/verdicts/plans.ts";
import {
  openRunStore,
  refuseOtherFolder,
  studyKey,
} from "../../data/runs/store.ts";
import {
  type Dataset,
  datasetDigest,
  findDatasets,
  loadDataset,
} from "../../data/sets/mod.ts";
import { buildModel } from "../models/mod.ts";
import { findLibrary } from "../runtime/library.ts";
import { startMps } from "../runtime/device.ts";
import { totalSteps } from "../training/configured.ts";
import type { BaseConfig, Experiment, Plan } from "./experiment.ts";
import {
  costOf,
  type Images,
  plansOf,
  rehearse,
  settingOf,
  studyPlan,
} from "./plans.ts";
import { provenance } from "./provenance.ts";
import { deviceFlags, profileName, type Request } from "./request.ts";
import { NO_RUNS, type RunCounts, runStudies } from "./runner.ts";
import { parameterRows } from "../training/trainer.ts";

/**
 * Trains what the experiments ask for and the store does not have yet.
 *
 * @returns the counts at the end; all 0 where the profile leaves the experiments out.
 * @throws UserError if the request, the data or the place to keep runs cannot be used.
 */
export async function runExperiments(
  experiments: readonly Experiment[],
  request: Request,
  signal: AbortSignal,
): Promise<RunCounts> {
  const datasetOptions = request.data === undefined
    ? {}
    : { directory: request.data };
  checkDataFolder(request.data);
  const datasets = await openDatasets(experiments, request);
  const planned = experiments.flatMap((experiment) =>
    plansOf(experiment, request, (name) => imagesOf(datasets.get(name)))
      .map((plan) => ({ experiment, plan }))
  );
  if (planned.length === 0) return NO_RUNS;
  for (const { plan } of planned) {
    refuseMoreThanThereIs(plan.base, datasets.get(plan.base.dataset)!);
  }
  const studies = planned.map(({ experiment, plan }) => ({
    study: describe(
      experiment,
      plan,
      request,
      datasets.get(plan.base.dataset)!,
    ),
    stages: experiment.stages(plan),
  }));
  refuseOtherPlans(request, studies.map(({ study }) => study));
  if (request.backend === "tensorflow") {
    await findLibrary({ device: request.card ? "gpu" : "cpu" });
  }
  using _mps = request.mps ? await startMps() : null;
  const expected = costOf(planned).runs;
  const bar = startProgress("training", expected, { unit: "runs" });
  try {
    const notes = [...datasets.values()].flatMap((it) => it.notes);
    const end = await runStudies(studies, {
      ...request,
      dataset: datasetOptions,
      provenance: {
        ...await provenance([...new Set(notes)]),
        ...request.card && { card: request.card },
      },
      onProgress: ({ done, planned, skipped }) =>
        bar.update(done, Math.max(planned, expected), skipped),
      signal,
    });
    // Looks may have ended earlier than was expected; a failure leaves runs out.
    if (end.failed === 0) bar.update(end.done, end.planned);
    return end;
  } finally {
    bar.stop();
  }
}

/** The data sets of all experiments by their names; one that only adds to the first may be missing. */
async function openDatasets(
  experiments: readonly Experiment[],
  request: Request,
): Promise<ReadonlyMap<string, Dataset>> {
  const options = { directory: request.data };
  const wanted = experiments.flatMap((experiment) => {
    const [needed, ...added] = settingOf(experiment, request)?.datasets ?? [];
    return needed === undefined ? [] : [{ needed, added }];
  });
  const needed = new Set(wanted.map((it) => it.needed));
  const added = new Set(wanted.flatMap((it) => it.added)).difference(needed);
  const there = new Set(
    (await findDatasets(request.data)).filter(({ missing }) =>
      missing.length === 0
    ).map(({ name }) => name),
  );
  for (const name of added.difference(there)) {
    console.error(
      `Without ${name}, which is not there: deno task fetch ${name} gets it, or --data DIR names its folder`,
    );
  }
  const names = needed.union(added.intersection(there));
  const sets = await Promise.all(
    [...names].map(async (name) =>
      [name, await loadDataset(name, options)] as const
    ),
  );
  return new Map(sets);
}

function imagesOf(dataset: Dataset | undefined): Images | null {
  return dataset
    ? {
      side: dataset.height,
      trainSize: dataset.train.size,
      validationSize: dataset.validation.size,
      digest: (trainSize) =>
        datasetDigest(dataset, Math.min(trainSize, dataset.train.size)),
    }
    : null;
}

function refuseMoreThanThereIs(base: BaseConfig, dataset: Dataset): void {
  totalSteps(base);
  if (base.trainSize <= dataset.train.size) return;
  throw new UserError(
    `Cannot train as --train-size must be at most ${dataset.train.size}, the training images ` +
      `of ${dataset.name}: current value is ${base.trainSize}`,
  );
}

/** A study goes on by the plan that it was begun with, or not at all, and among runs alone. */
function refuseOtherPlans(
  { runs }: Request,
  asked: readonly Omit<Study, "cases">[],
): void {
  refuseOtherFolder(runs, "train");
  const begun = openRunStore(runs).studies().studies;
  for (const study of asked) {
    const key = String(studyKey(study));
    const plan = begun.find((it) => String(studyKey(it)) === key)?.plan;
    const found = plan && study.plan && planDifference(plan, study.plan);
    if (!found) continue;
    throw new UserError(
      `Cannot go on with the study ${study.experiment} of ${study.model} as its plan must be the one that it was begun with: current value is another (${found}). --runs DIR keeps a study of its own`,
    );
  }
}

function describe(
  experiment: Experiment,
  plan: Plan,
  request: Request,
  dataset: Dataset,
): Omit<Study, "cases"> {
  const { name, title, question, arms, comparisons, figures } = experiment;
  return {
    schema: 1,
    experiment: name,
    question,
    command: commandOf(name, request),
    profile: profileName(request),
    dataset: plan.base.dataset,
    model: plan.workload.name,
    method: methodOf(experiment, plan),
    parameters: parametersOf(plan.base, dataset),
    title,
    arms: arms.map(({ name, label, optimizer }) => ({
      name,
      label,
      optimizer,
    })),
    ...comparisons && { comparisons },
    ...figures && { figures },
    plan: studyPlan(experiment, plan),
  };
}

/** How the runs are made, in words, a sentence an entry. */
function methodOf(experiment: Experiment, plan: Plan): string[] {
  return [...describeTraining(plan.base), ...rehearse(experiment, plan).says];
}

/** What all runs of a workload share, in words, a sentence an entry. */
function describeTraining(base: BaseConfig): string[] {
  const { trainSize, dataset, batchSize, epochs, warmup, flip, crop } = base;
  const augmentation = [
    flip ? "random flips" : "",
    crop > 0 ? `random crops by ${crop} pixels` : "",
  ]
    .filter((part) => part !== "").join(" and ") || "no augmentation";
  return [
    `Network: ${describeModel(base)}.`,
    `Data: the first ${trainSize} training images of ${dataset}; ${augmentation}.`,
    `Training: batches of ${batchSize}, ${epochs} ${
      epochs === 1 ? "epoch" : "epochs"
    }; the ` +
    `learning rate warms up over ${
      100 * warmup
    }% of the steps (${base.schedule}).`,
    "Pairs: within a block of seeds, a seed gives every arm the same initial weights and the same " +
    "order of images.",
    "Evaluation: mean cross-entropy over the whole validation split, before the first step and " +
    "after the last; batch normalization uses statistics recomputed over up to 2,000 training " +
    "images.",
  ];
}

function describeModel(base: BaseConfig): string {
  const option = (name: string) => base[`model.${name}`];
  if (base.model === "cnn") {
    return `residual CNN, stages of ${
      String(option("widths")).replaceAll("-", ", ")
    } channels, ` +
      `${option("blocks")} block(s) each`;
  }
  const scale = option("layerScale");
  return `Vision Transformer, patch ${option("patch")}, width ${
    option("dim")
  }, depth ` +
    `${option("depth")}, ${option("heads")} heads` +
    (scale === null ? "" : `, LayerScale from ${scale}`);
}

/** What repeats the study: the flags that decide it, and a placeholder for the data's folder. */
function commandOf(name: string, request: Request): string {
  const { profile, plan, dataset, data, backend, model, changes } = request;
  return [
    `deno task run ${name} --profile ${profile}`,
    ...(dataset === undefined ? [] : [`--dataset ${dataset}`]),
    ...(plan === undefined ? [] : [`--plan ${plan}`]),
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

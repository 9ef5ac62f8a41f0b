/** From experiments and a request to the studies that are to be conducted, before anything runs. */
import {
  type Card,
  type RunConfig,
  runId,
  type RunSummary,
  type StudyPlan,
} from "../../data/runs/record.ts";
import type { Profile } from "../../data/runs/roles.ts";
import { trialOf } from "../../data/runs/study.ts";
import { LOOKS } from "../../data/statistics/looks.ts";
import {
  joinNightPlans,
  type NightPlan,
} from "../../data/statistics/questions.ts";
import { type ImageCounts, SETS } from "../../data/sets/mod.ts";
import { fixedPlan } from "../../data/verdicts/plans.ts";
import { STATISTICS_IMAGES } from "../training/evaluator.ts";
import { studyCase } from "./cases.ts";
import {
  type BaseConfig,
  type Case,
  changed,
  type Experiment,
  type Network,
  type Overrides,
  type Plan,
  type PlanKind,
  type Setting,
  type StudySizes,
} from "./experiment.ts";

/** What a request says about plans; everything else is where and how they are run. */
export interface PlanRequest extends Overrides {
  readonly profile: Profile;
  readonly plan?: PlanKind;
  readonly dataset?: string;
  readonly model?: string;
  readonly backend?: RunConfig["backend"];
  readonly card?: Card;
  readonly tf32?: boolean;
  readonly deterministic?: boolean;
  readonly runsPerProcess?: number;
  readonly jit?: RunConfig["jit"];
  readonly trainSize?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
}

/** What plans need to know of a data set's images. */
export interface Images extends ImageCounts {
  readonly digest: (trainSize: number) => string;
}

/** Where a plan is only counted and no set is opened. */
function publishedImages(dataset: string): Images {
  const { images } = SETS.find(({ name }) => name === dataset)!;
  return { ...images, digest: () => "" };
}

/** The experiment's numbers in the request's profile; null where the profile leaves it out. */
export function settingOf(
  { setting, profiles }: Experiment,
  { profile, plan, dataset, trainSize, epochs, batchSize, ...overrides }:
    PlanRequest,
): Setting | null {
  const changes = profiles[profile];
  if (!changes) return null;
  const own = changed(setting, changes);
  const sizes = sizesOf(own.sizes, overrides);
  // Looks choose their seeds themselves: who names seeds or rates has fixed them.
  const isFixed = overrides.seeds !== undefined || sizes.quick === true ||
    sizes.learningRates !== undefined;
  return {
    ...own,
    sizes,
    plan: isFixed ? "fixed" : plan ?? own.plan,
    datasets: dataset === undefined ? own.datasets : [dataset],
    training: {
      ...own.training,
      ...trainSize !== undefined && { trainSize },
      ...epochs !== undefined && { epochs },
      ...batchSize !== undefined && { batchSize },
    },
  };
}

function sizesOf(
  sizes: StudySizes,
  { seeds, learningRates, weightDecay }: Overrides,
): StudySizes {
  return {
    ...sizes,
    ...seeds !== undefined && {
      tuneSeeds: seeds,
      reportSeeds: sizes.reportSeeds > 0 ? 2 * seeds : 0,
    },
    ...learningRates && { learningRates },
    ...weightDecay !== undefined && { weightDecay },
  };
}

/** One plan for each network on each data set. */
export function plansOf(
  experiment: Experiment,
  request: PlanRequest,
  imagesOf: (dataset: string) => Images | null = publishedImages,
): Plan[] {
  const setting = settingOf(experiment, request);
  if (!setting) return [];
  return setting.datasets.flatMap((dataset) => {
    const images = imagesOf(dataset);
    if (!images) return [];
    return setting.networks.map((network): Plan => {
      const base = baseConfig(setting, network, dataset, images, request);
      const { name, msPerImage } = network;
      return {
        profile: request.profile,
        kind: setting.plan,
        workload: { name, dataset, msPerImage },
        base,
        grid: setting.grid,
        looks: setting.looks,
        sizes: setting.sizes,
        overrides: request,
      };
    }).filter(({ base }) =>
      request.model === undefined || base.model === request.model
    );
  });
}

function baseConfig(
  { training }: Setting,
  network: Network,
  dataset: string,
  images: Images,
  request: PlanRequest,
): BaseConfig {
  const { backend = "tensorflow", card, tf32, deterministic } = request;
  const { trainSize, runsPerProcess = 1, jit } = request;
  // A set may have fewer images than a profile takes; who asks for more is refused elsewhere.
  const size = trainSize ?? Math.min(training.trainSize, images.trainSize);
  const config = network.config(images.side);
  return {
    ...training,
    ...config,
    trainSize: size,
    dataset,
    datasetDigest: images.digest(size),
    evaluationSplit: "validation",
    backend,
    device: card === undefined && backend !== "webgpu" ? "cpu" : "gpu",
    ...tf32 && { tf32 },
    ...deterministic === false && { deterministic },
    ...runsPerProcess > 1 && { runsTogether: runsPerProcess },
    jit: backend === "tensorflow" ? jit ?? config.jit : "eager",
    intraOpThreads: 1,
    interOpThreads: 1,
  };
}

/** Distinct runs, and the time that one core needs for them. */
export interface Cost {
  readonly runs: number;
  readonly seconds: number;
}

/** Evaluations of a run: after the last step, and before the first for one run of a seed in about four. */
const EVALUATIONS = 1.25;
/** Time of an evaluation for each image, as a part of what training on it takes, measured. */
const EVALUATION = 0.3;

/** An experiment on one workload. */
export interface Planned {
  readonly experiment: Experiment;
  readonly plan: Plan;
}

/**
 * What plans cost together: a run that several ask for is trained once. About, where looks decide.
 *
 * @param pace How long a plan's network takes on the machine, against its milliseconds an image.
 */
export function costOf(
  planned: readonly Planned[],
  pace: (plan: Plan) => number = () => 1,
): Cost {
  const seconds = new Map<string, number>();
  for (const { experiment, plan } of planned) {
    const factor = pace(plan);
    for (const config of rehearsedConfigs(experiment, plan)) {
      seconds.set(runId(config), factor * runSeconds(config, plan));
    }
  }
  const total = seconds.values().reduce((sum, it) => sum + it, 0);
  return { runs: seconds.size, seconds: total };
}

/** Of a run on one core, by the milliseconds an image of the networks' table. */
export function runSeconds(
  { trainSize, epochs }: RunConfig,
  { workload }: Plan,
): number {
  const { validationSize } = publishedImages(workload.dataset);
  const evaluated = EVALUATIONS *
    (validationSize + Math.min(STATISTICS_IMAGES, trainSize));
  const images = trainSize * epochs + EVALUATION * evaluated;
  return images * workload.msPerImage / 1000;
}

/** Configurations by what the made-up scores depend on: images and training are not among it. */
const rehearsed = new Map<string, readonly Partial<RunConfig>[]>();

/**
 * The runs that a rehearsal asks for. One on another data set asks for the same but for its base, so
 * that `list` rehearses each network of an experiment once.
 */
function rehearsedConfigs(experiment: Experiment, plan: Plan): RunConfig[] {
  const { kind, sizes, workload, overrides, base } = plan;
  const { optimizers } = overrides;
  const key = JSON.stringify([
    experiment.name,
    experiment.setting.training,
    kind,
    sizes,
    workload.name,
    optimizers,
  ]);
  let own = rehearsed.get(key);
  if (!own) {
    own = rehearse(experiment, plan).cases.map(({ config }) =>
      Object.fromEntries(
        Object.entries(config).filter(([field, value]) =>
          base[field as keyof BaseConfig] !== value
        ),
      )
    );
    rehearsed.set(key, own);
  }
  return own.map((fields) => ({ ...base, ...fields }) as RunConfig);
}

/**
 * Stages without training: each run's end is made up, so that all that an experiment would ask for
 * is known before anything runs, exactly where its plan is fixed and about where looks decide.
 */

export interface Rehearsal {
  /** All that the stages asked for, in order. */
  readonly cases: readonly Case[];
  /** How the runs are made, a sentence an entry. */
  readonly says: readonly string[];
  /** What night stages are asked. */
  readonly night: readonly NightPlan[];
}

/** Plays an experiment's stages on one workload to their end. */
export function rehearse(
  experiment: Pick<Experiment, "stages">,
  plan: Plan,
): Rehearsal {
  const cases: Case[] = [];
  const says = new Set<string>();
  const night = new Set<NightPlan>();
  const stages = experiment.stages(plan);
  let stage = stages.next();
  while (!stage.done) {
    cases.push(...stage.value.cases);
    for (const sentence of stage.value.says ?? []) says.add(sentence);
    if (stage.value.night) night.add(stage.value.night);
    const trials = stage.value.cases.map((one) =>
      trialOf(studyCase(one), { summary: endOf(one.config) })
    );
    stage = stages.next(trials);
  }
  return { cases, says: [...says], night: [...night] };
}

/** Decimal logarithm of the best learning rate, about in the middle of the arms' scouts. */
const BEST: Readonly<Record<string, number>> = {
  sing: -1.5,
  adamw: -2.5,
  lion: -3.5,
  mars: -1.5,
};

/** Of the made-up scores, about what seeds of real ones have: looks then decide about as late. */
const NOISE = 0.02;

/** A valley over learning rate and weight decay, with a cliff 1.1 decades above its bottom. */
function endOf(config: RunConfig): RunSummary {
  const { optimizer, learningRate, weightDecay, seed } = config;
  const scale = Number(config["optimizer.learningRateScale"] ?? 1);
  const isSoft = optimizer !== "sing" || config["optimizer.softplus"] === true;
  const best = isSoft ? BEST[optimizer] ?? BEST["adamw"]! : BEST["adamw"]!;
  const t = Math.log10(learningRate * scale) - best;
  const decay = Math.log10(weightDecay || 1e-9);
  const bestDecay = optimizer === "sing" ? -2 : -1;
  const away = Math.min(Math.abs(decay - bestDecay), 3);
  const wobble = NOISE * Math.sin(97 * seed + 40 * t);
  const finalLoss = 0.4 * Math.exp(t ** 2 / 2 + 0.02 * away ** 2 + wobble);
  const diverged = t > 1.1;
  return {
    kind: "summary",
    state: diverged ? "diverged" : "finished",
    steps: 60,
    initialLoss: 2.3,
    finalLoss: diverged ? NaN : finalLoss,
    firstTrainLoss: 2.3,
    lastTrainLoss: diverged ? NaN : finalLoss,
    seconds: 1,
  };
}

/** Everything that was fixed before a study's first run, with its fingerprint. */
export function studyPlan(experiment: Experiment, plan: Plan): StudyPlan {
  const { claims, arms, comparisons = [] } = experiment;
  const { kind, workload, base, grid, sizes } = plan;
  const { night } = rehearse(experiment, plan);
  return fixedPlan(kind, {
    claims: Object.keys(claims),
    arms,
    comparisons,
    workload: workload.name,
    base,
    sizes: { scoutPoints: grid.coarse, ...sizes },
    ...kind === "night" && {
      night: night.length > 0 ? night.reduce(joinNightPlans) : null,
      looks: LOOKS,
    },
  });
}

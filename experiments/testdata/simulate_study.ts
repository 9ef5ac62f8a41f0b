import {
  type RunConfig,
  runId,
  type RunSummary,
} from "../../data/runs/record.ts";
import type {
  Case,
  Experiment,
  Outcome,
  Overrides,
  Plan,
  Profile,
  Workload,
} from "../harness/experiment.ts";

/** What a run of this configuration ends with, instead of training it. */
export type Respond = (config: RunConfig, arm: string) => RunSummary;

/** Conducts an experiment on one workload without training: every case it asks for, in order. */
export function simulateStudy(
  experiment: Experiment,
  profile: Profile,
  workload: Workload,
  respond: Respond = respondTo,
  overrides: Overrides = {},
  kind: Plan["kind"] = "fixed",
): Case[] {
  const base = {
    ...experiment.config,
    ...workload.config,
    dataset: "fashion-mnist-subset",
    datasetDigest: "5b1f",
    evaluationSplit: "validation",
    backend: "tensorflow",
    device: "cpu",
    intraOpThreads: 1,
    interOpThreads: 1,
  } as const;
  const plan = { profile, kind, workload, base, overrides };
  const stages = experiment.stages(plan);
  const all: Case[] = [];
  let stage = stages.next();
  while (!stage.done) {
    all.push(...stage.value.cases);
    const outcomes = stage.value.cases.map((one): Outcome => {
      const { stage, arm, config } = one;
      const { learningRate, weightDecay, seed } = config;
      const plan = { stage, arm, learningRate, weightDecay, seed };
      const summary = respond(config, arm);
      return { runId: runId(config), ...plan, summary };
    });
    stage = stages.next(outcomes);
  }
  return all;
}

/** Decimal logarithm of the best learning rate, about in the middle of the arms' scouts. */
const BEST: Readonly<Record<string, number>> = {
  sing: -1.5,
  adamw: -2.5,
  lion: -3.5,
};

/** A valley over learning rate and weight decay, with a cliff 1.1 decades above its bottom. */
export function respondTo(config: RunConfig): RunSummary {
  const { optimizer, learningRate, weightDecay, seed } = config;
  const scale = Number(config["optimizer.learningRateScale"] ?? 1);
  const isSoft = optimizer !== "sing" || config["optimizer.softplus"] === true;
  const best = isSoft ? BEST[optimizer]! : BEST["adamw"]!;
  const t = Math.log10(learningRate * scale) - best;
  const decay = Math.log10(weightDecay || 1e-9);
  const bestDecay = optimizer === "sing" ? -2 : -1;
  const away = Math.min(Math.abs(decay - bestDecay), 3);
  const wobble = 0.002 * Math.sin(seed + 40 * t);
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

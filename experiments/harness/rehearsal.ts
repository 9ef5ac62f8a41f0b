/**
 * Stages without training: each run's end is made up, so that all that an experiment would ask for
 * is known before anything runs, exactly where its plan is fixed and about where looks decide.
 */
import type { RunConfig, RunSummary } from "../../data/runs/record.ts";
import { trialOf } from "../../data/runs/study.ts";
import type { NightPlan } from "../../data/statistics/questions.ts";
import {
  type Case,
  type Experiment,
  type Plan,
  studyCase,
} from "./experiment.ts";

/** What a run of this configuration ends with, instead of training it. */
export type Respond = (config: RunConfig, arm: string) => RunSummary;

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
  respond: Respond = respondTo,
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
      trialOf(studyCase(one), { summary: respond(one.config, one.arm) })
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
function respondTo(config: RunConfig): RunSummary {
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

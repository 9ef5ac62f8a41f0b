/** What the widths of a network's layers predict of the best learning rates, and what was measured. */
import { optimaDifference } from "../data/statistics/difference.ts";
import type { Finding } from "../data/statistics/finding.ts";
import {
  predictedRatio,
  stepRatio,
  type Switches,
} from "../data/statistics/mechanism.ts";
import type { ParameterRow } from "../data/runs/schema.ts";
import { arms } from "../data/verdicts/parts.ts";
import { learningRateResponse } from "../data/verdicts/responses.ts";
import type { StudyTable } from "../data/verdicts/study_table.ts";
import type { Experiment } from "./evidence.ts";
import { progressOf, tableOf } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** All networks of one profile on one data set. */
export interface MechanismGroup {
  readonly profile: string;
  readonly dataset: string;
  /** Smallest predicted ratio first; those of which no prediction is known last. */
  readonly networks: readonly NetworkRatios[];
  /** Those trained with SING's switches off in turn. */
  readonly switched: readonly NetworkRatios[];
  /** Whether networks of several widths were asked for. */
  readonly widthAsked: boolean;
}

export interface NetworkRatios {
  readonly model: string;
  /**
   * Entries of a tensor that has the network's own predicted ratio; null where its tensors are not
   * known.
   */
  readonly entries: number | null;
  /** SING first, then SING with switches off, where that was asked for. */
  readonly ratios: readonly MeasuredRatio[];
}

/** One arm's best learning rate over AdamW's. */
export interface MeasuredRatio {
  readonly arm: string;
  /** Null where the network's tensors are not known. */
  readonly predicted: number | null;
  /** In decades. */
  readonly measured: Finding;
  /** The seeds of the finding's values. */
  readonly seeds: readonly number[];
  /** If the finding is missing: what of the runs is there. */
  readonly progress: string;
}

const variants: readonly (readonly [string, Switches])[] = [
  [arms.sing, { softplus: true, lookahead: true }],
  [arms.singNoSoftplus, { softplus: false, lookahead: true }],
  [arms.singNoLookahead, { softplus: true, lookahead: false }],
  [arms.singNeither, { softplus: false, lookahead: false }],
];

/** The experiments whose grids measure the ratio. */
const sources = ["learning_rate", "width"];

/** Groups in the order of the workloads; a smoke profile measures nothing. */
export function mechanismOf(
  experiments: readonly Experiment[],
): MechanismGroup[] {
  const all = experiments.flatMap(({ workloads }) => workloads)
    .filter(({ study }) => !/^smoke\b/.test(study.profile));
  const groups = Map.groupBy(
    all,
    ({ study: { profile, dataset } }) => JSON.stringify([profile, dataset]),
  );
  return [...groups.values()].flatMap((workloads) => {
    const { profile, dataset } = workloads[0]!.study;
    const asked = (experiment: string) =>
      workloads.filter(({ study }) => study.experiment === experiment);
    const all = sources.flatMap(asked).map((workload) => ({
      workload,
      network: networkOf(workload, parametersOf(workload, workloads)),
    }));
    return all.length === 0 ? [] : [{
      profile,
      dataset,
      networks: distinct(all).sort(bySize),
      switched: all.map(({ network }) => network)
        .filter(({ ratios }) => ratios.length > 1).sort(bySize),
      widthAsked: asked("width").length > 0,
    }];
  });
}

/**
 * Entries D of a tensor whose step ratio R(D) is this one, which lies above 1: R rises with D.
 */
export function entriesOf(ratio: number): number {
  let [low, high] = [0, 40]; // natural logarithms
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (stepRatio(Math.exp(middle)) < ratio) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}

interface Candidate {
  readonly workload: Workload;
  readonly network: NetworkRatios;
}

/** Studies share the runs that they have in common: then it is one network, by its most seeds. */
function distinct(all: readonly Candidate[]): NetworkRatios[] {
  const seen = new Set<string>();
  const bySeeds = all.toSorted((a, b) => seedsIn(b) - seedsIn(a));
  return bySeeds.filter(({ workload }) => {
    const tuned = workload.study.cases.filter(({ stage }) => stage === "tune")
      .map(({ runId }) => runId);
    if (tuned.some((id) => seen.has(id))) return false;
    tuned.forEach((id) => seen.add(id));
    return true;
  }).map(({ network }) => network);
}

function seedsIn({ network: { ratios: [ratio] } }: Candidate): number {
  return ratio?.measured.kind === "missing" ? 0 : ratio?.seeds.length ?? 0;
}

function bySize(a: NetworkRatios, b: NetworkRatios): number {
  const [first, second] = [a, b].map(({ entries }) => entries ?? Infinity);
  if (first !== second) return first! - second!;
  return a.model.localeCompare(b.model, "en", { numeric: true });
}

/** By any of the group's studies: all mean the same network by the same name. */
function parametersOf(
  { study: { model, parameters } }: Workload,
  workloads: readonly Workload[],
): readonly ParameterRow[] | undefined {
  return parameters ??
    workloads.find(({ study }) => study.model === model && study.parameters)
      ?.study.parameters;
}

function networkOf(
  workload: Workload,
  parameters: readonly ParameterRow[] | undefined,
): NetworkRatios {
  const table = tableOf(workload);
  const shapes = parameters?.map(({ shape }) => shape) ?? [];
  const step = predictedRatio(shapes, { softplus: true, lookahead: false });
  const planned = new Set(table.trials.map(({ arm }) => arm));
  return {
    model: workload.study.model,
    entries: step === null ? null : entriesOf(step),
    ratios: variants.filter(([arm]) => arm === arms.sing || planned.has(arm))
      .map(([arm, switches]) =>
        ratioOf(table, arm, predictedRatio(shapes, switches))
      ),
  };
}

function ratioOf(
  table: StudyTable,
  arm: string,
  predicted: number | null,
): MeasuredRatio {
  const [own, reference] = [arm, arms.adamw].map((it) =>
    learningRateResponse(table, it)
  );
  const short = own ? arms.adamw : arm;
  return {
    arm,
    predicted,
    measured: optimaDifference(own ?? null, reference ?? null),
    seeds: own?.seeds ?? [],
    progress: own && reference
      ? "the two optimizers have unlike seeds"
      : progressOf(table, short, ["tune"]),
  };
}

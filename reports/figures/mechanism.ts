/** What the widths of a network's layers predict of the best learning rates, and what was measured. */
import type { TopLevelSpec } from "vega-lite";
import type { ParameterRow } from "../../data/runs/record.ts";
import { ARMS } from "../../data/runs/roles.ts";
import type { StudyTable } from "../../data/runs/study.ts";
import {
  contains,
  type Finding,
  type Interval,
} from "../../data/statistics/estimate.ts";
import {
  predictedRatio,
  regress,
  stepRatio,
  type Switches,
} from "../../data/statistics/mechanism.ts";
import { armScores } from "../../data/statistics/response.ts";
import { locatedRate } from "../../data/verdicts/responses.ts";
import { armLabel, armStyles } from "../charts/arm_style.ts";
import { logTicks } from "../charts/scales.ts";
import {
  type SeedRow,
  seedRowHeight,
  seedRowLayers,
  valuesOf,
} from "../charts/seed_rows.ts";
import { chart, ratioLabels, rounded } from "../charts/theme.ts";
import type { Experiment } from "../evidence.ts";
import { formatCount, formatDecimal, formatRatio } from "../numbers.ts";
import { modelName, shortModelName } from "../words.ts";
import { progressOf, rateRatio, tableOf, type Workload } from "../workload.ts";

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
  /** Of its tensors, as far as they are known. */
  readonly shapes: readonly (readonly number[])[];
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
  [ARMS.sing, { softplus: true, lookahead: true }],
  [ARMS.singNoSoftplus, { softplus: false, lookahead: true }],
  [ARMS.singNoLookahead, { softplus: true, lookahead: false }],
  [ARMS.singNeither, { softplus: false, lookahead: false }],
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
    shapes,
    entries: step === null ? null : entriesOf(step),
    ratios: variants.filter(([arm]) => arm === ARMS.sing || planned.has(arm))
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
  const [own, reference] = [arm, ARMS.adamw].map((it) =>
    locatedRate(table, it)
  );
  const short = own ? ARMS.adamw : arm;
  return {
    arm,
    predicted,
    measured: rateRatio(table, arm, ARMS.adamw),
    seeds: own ? armScores(own.arm).seeds.map(({ seed }) => seed) : [],
    progress: own && reference
      ? "the two optimizers have unlike seeds"
      : progressOf(table, short, ["tune"]),
  };
}

/** Each network's predicted and measured ratio of best learning rates, in words and numbers. */
export function describeRatios(networks: readonly NetworkRatios[]): string {
  const each = networks.flatMap(({ model, entries, ratios: [ratio] }) => {
    if (!ratio) return [];
    const size = entries === null
      ? ""
      : ` (D ${Number(entries.toPrecision(2)).toLocaleString("en-US")})`;
    return [`${modelName(model)}${size}: ${predictedAndMeasured(ratio)}.`];
  });
  return [...each, lineInWords(networks)].filter(Boolean).join(" ");
}

/** The regression of measured on predicted ratios; nothing below three networks. */
function lineInWords(networks: readonly NetworkRatios[]): string {
  const points = networks.flatMap(({ ratios: [ratio] }) =>
    ratio?.predicted && ratio.measured.kind === "estimate"
      ? [{ x: Math.log10(ratio.predicted), y: ratio.measured.estimate.mean }]
      : []
  );
  const line = regress(points);
  if (!line) return "";
  const { n, slope, slope95: { low, high } } = line;
  return `Over these ${n} networks, log measured against log predicted has slope ${
    formatDecimal(slope, 2)
  } (95% interval ${formatDecimal(low, 2)} to ${
    formatDecimal(high, 2)
  }), where 1 is predicted and 0 would mean that the size does not matter.`;
}

/** The same for the arms of networks whose switches were off in turn. */
export function describeSwitchesOff(
  networks: readonly NetworkRatios[],
): string {
  return networks.map(({ model, ratios }) =>
    `${modelName(model)}: ${
      ratios.map((ratio) =>
        `${armLabel(ratio.arm)}, ${predictedAndMeasured(ratio)}`
      ).join("; ")
    }.`
  ).join(" ");
}

function predictedAndMeasured({
  predicted,
  measured,
  progress,
}: MeasuredRatio): string {
  const before = predicted === null
    ? "no prediction, as its tensors are not recorded"
    : `predicted ${formatRatio(predicted)}`;
  switch (measured.kind) {
    case "estimate": {
      const { mean, interval90, n } = measured.estimate;
      const ratio = formatRatio(10 ** mean);
      return n === 1
        ? `${before}, measured ${ratio} by one seed, which has no interval`
        : `${before}, measured ${ratio} (90% interval ${
          inRatios(interval90)
        }, ${formatCount(n, "seed")})${agreement(predicted, interval90)}`;
    }
    case "range":
      return `${before}, measured ${bounds(measured.range)}`;
    case "invalid":
      return `${before}, not measured: ${
        measured.because === "flat"
          ? "the response is flat within its noise"
          : "every run of an optimizer diverged"
      }`;
    case "missing":
      return `${before}, not measured yet: ${progress}`;
  }
}

function agreement(predicted: number | null, interval: Interval): string {
  if (predicted === null) return "";
  return contains(interval, Math.log10(predicted))
    ? ", which holds the prediction"
    : ", which does not hold the prediction";
}

function inRatios({ low, high }: Interval): string {
  return `${formatRatio(10 ** low)} to ${formatRatio(10 ** high)}`;
}

function bounds({ low, high }: Interval): string {
  const [open, closed] = [Number.isFinite(low), Number.isFinite(high)];
  if (open && closed) return inRatios({ low, high });
  if (open) return `at least ${formatRatio(10 ** low)}`;
  return closed
    ? `at most ${formatRatio(10 ** high)}`
    : "nothing, as the grid does not enclose the best rates";
}

/**
 * SING's best learning rate over AdamW's with SING's switches off in turn: measured by seed, and as
 * predicted. A row for each network and arm; null where nothing was measured.
 */
export function switchesOff(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const rows = networks.flatMap(({ model, ratios }) =>
    ratios.map((ratio) => seedRow(shortModelName(model), ratio))
  );
  if (rows.every(({ mean }) => mean === null)) return null;
  const values = [1, ...valuesOf(rows)];
  const [low, high] = [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  const x = {
    field: "value",
    type: "quantitative",
    title: "best learning rate, over AdamW's",
    scale: { type: "log", domain: [rounded(low), rounded(high)], nice: false },
    axis: { values: logTicks(low, high), labelExpr: ratioLabels, grid: true },
  };
  return chart({
    height: seedRowHeight * rows.length,
    layer: seedRowLayers(rows, { x }),
  });
}

function seedRow(
  network: string,
  { arm, predicted, measured, seeds }: MeasuredRatio,
): SeedRow {
  const found = measured.kind === "estimate" ? measured.estimate : null;
  return {
    label: `${network}: ${armLabel(arm)}`,
    color: armStyles([arm]).get(arm)?.color ?? "var(--ink)",
    seeds: found?.values.map((value, i) => ({
      value: 10 ** value,
      seed: String(seeds[i]),
      text: formatRatio(10 ** value),
    })) ?? [],
    mean: found && {
      value: 10 ** found.mean,
      interval: {
        low: 10 ** found.interval90.low,
        high: 10 ** found.interval90.high,
      },
      text: formatRatio(10 ** found.mean),
    },
    ...predicted !== null && {
      predicted: {
        value: predicted,
        text: formatRatio(predicted),
      },
    },
  };
}

import type { Trial } from "../../data/runs/study.ts";
import type { TopLevelSpec } from "vega-lite";
import type {
  GradientsMetric,
  ParameterRow,
  Run,
} from "../../data/runs/record.ts";
import type { Alarm } from "../../data/statistics/alarm.ts";
import { median } from "../../data/statistics/textbook.ts";
import { alarmOfRun } from "../../data/verdicts/responses.ts";
import { armStyles } from "../charts/arm_style.ts";
import { logTicks } from "../charts/scales.ts";
import { chart, haloText, rounded } from "../charts/theme.ts";
import { formatCount, formatDecimal, formatList } from "../numbers.ts";
import type { StudyRuns } from "../workload.ts";

/** Where the two plots lie, one above the other, in pixels. */
const PLOTS_PX = { loss: [150, 22], norm: [330, 202] } as const;
const TRENDS_HEIGHT_PX = 330;

/**
 * The batch loss, and below it the joint gradient norm of LayerNorm and LayerScale, by step: a line
 * a seed of one arm, bold where the seed raised the alarm. Null where no seed was watched.
 */
export function normTrends({ arm, traces }: ArmTraces): TopLevelSpec | null {
  const watched = traces.filter(({ alarm }) => alarm !== null);
  const color = armStyles([arm]).get(arm)?.color ?? "var(--ink)";
  const rows = watched.flatMap(traceRows);
  const losses = panel(rows, "loss");
  const norms = panel(rows, "norm");
  if (!losses || !norms) return null;
  const x = {
    field: "step",
    type: "quantitative",
    title: "step",
    scale: { domain: stepsOf(rows), nice: false, zero: false },
    axis: { tickCount: 6, format: "d" },
  };
  return chart({
    height: TRENDS_HEIGHT_PX,
    data: { values: rows },
    resolve: { scale: { y: "independent" } },
    layer: [
      { layer: panelLayers(losses, { x, color }) },
      { layer: panelLayers(norms, { x, color }) },
    ],
  });
}

function stepsOf(rows: readonly TraceRow[]): [number, number] {
  const steps = rows.map(({ step }) => step);
  return [Math.min(...steps), Math.max(...steps)];
}

type TraceMeasure = "loss" | "norm";

const MEASURE_NAMES = {
  loss: "batch loss, nats",
  norm: "joint gradient norm",
} as const;

interface TraceRow {
  readonly seed: string;
  readonly step: number;
  readonly loss: number;
  readonly norm: number;
  readonly alarmed: boolean;
  readonly trends: string;
}

function traceRows({ seed, alarm, warmup, steps }: GradientTrace): TraceRow[] {
  if (!alarm) return [];
  const bins = alarm.losses.length;
  return alarm.losses.map((loss, bin) => ({
    seed: String(seed),
    step: Math.round(warmup + (bin + 0.5) * (steps - warmup) / bins),
    loss: rounded(loss),
    norm: rounded(alarm.norms[bin]!),
    alarmed: alarm.alarmed,
    trends: `loss ${inWords(alarm.lossTrend)}, norm ${
      inWords(alarm.normTrend)
    }`,
  }));
}

function inWords(trend: number): string {
  return Number.isNaN(trend) ? "none" : formatDecimal(trend, 2);
}

interface Panel {
  readonly measure: TraceMeasure;
  readonly low: number;
  readonly high: number;
}

/** Null where nothing has a place on a logarithmic axis. */
function panel(all: readonly TraceRow[], measure: TraceMeasure): Panel | null {
  const values = all.map((row) => row[measure])
    .filter((value) => value > 0 && value < Infinity);
  if (values.length === 0) return null;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const air = Math.exp(0.05 * Math.max(Math.log(most / least), 0.1));
  return {
    measure,
    low: rounded(least / air),
    high: rounded(most * air),
  };
}

function panelLayers(
  { measure, low, high }: Panel,
  { x, color }: { readonly x: unknown; readonly color: string },
): unknown[] {
  const y = {
    field: measure,
    type: "quantitative",
    title: null,
    scale: {
      type: "log",
      domain: [low, high],
      nice: false,
      range: PLOTS_PX[measure],
    },
    axis: { orient: "left", values: logTicks(low, high, 3), format: ".3~r" },
  };
  const lines = (alarmed: boolean, mark: Record<string, unknown>) => ({
    transform: [{
      filter: `datum.alarmed === ${alarmed} && datum.${measure} > 0`,
    }],
    mark: { type: "line", ...mark },
    encoding: {
      x,
      y,
      detail: { field: "seed", type: "nominal" },
      tooltip: [
        { field: "seed", type: "nominal", title: "seed" },
        { field: "trends", type: "nominal", title: "trends" },
      ],
    },
  });
  return [
    lines(false, { color: "var(--muted)", strokeWidth: 1, opacity: 0.6 }),
    lines(true, { color, strokeWidth: 2, opacity: 0.9 }),
    ...haloText({ align: "left", fontSize: 12, fontWeight: 400, limit: 0 }, {
      data: { values: [{ name: MEASURE_NAMES[measure] }] },
      encoding: {
        x: { value: 4 },
        y: { value: PLOTS_PX[measure][1] - 12 },
        color: { value: "var(--ink)" },
        text: { field: "name" },
      },
    }),
  ];
}

/** What runs that recorded gradient norms show, reduced to what a page can bear. */

/** The watched runs of one arm. */
export interface ArmTraces {
  readonly arm: string;
  readonly traces: readonly GradientTrace[];
  /** Runs of the arm that were to be watched, there or not. */
  readonly planned: number;
}

export interface GradientTrace {
  readonly seed: number;
  /** With medians by twentieths of the steps after warmup; null where not watched throughout. */
  readonly alarm: Alarm | null;
  /** Steps that warm up, and all steps. */
  readonly warmup: number;
  readonly steps: number;
  readonly tensors: readonly TensorTrace[];
}

export interface TensorTrace {
  readonly name: string;
  readonly group: TensorGroup;
  /** Median L2 norm of its gradient by fifths of the steps after warmup; NaN where there is none. */
  readonly norms: readonly number[];
}

export const TENSOR_GROUPS = ["LayerNorm", "LayerScale", "others"] as const;
export type TensorGroup = typeof TENSOR_GROUPS[number];

/** Parts of the training that a tensor's norms are given for. */
export const TENSOR_BINS = 5;

/** Arms whose report runs were to record gradient norms, in the order of the study. */
export function gradientTraces(
  { trials }: Pick<StudyRuns, "trials">,
  read: (id: string) => Run | undefined,
): ArmTraces[] {
  const watched = Map.groupBy(
    trials.filter(({ stage }) => stage === "report"),
    ({ arm }) => arm,
  );
  return [...watched].filter(([, ofArm]) => ofArm.some(isWatched))
    .map(([arm, ofArm]) => ({
      arm,
      planned: ofArm.length,
      traces: ofArm.filter(isWatched).flatMap(({ runId, seed }) => {
        const run = read(runId);
        return run ? [traceOf(run, seed)] : [];
      }),
    })).filter(({ traces }) =>
      traces.some(({ tensors }) => tensors.length > 0)
    );
}

function isWatched({ header }: Trial): boolean {
  return header?.config.gradientNorms === true;
}

function traceOf(run: Run, seed: number): GradientTrace {
  const { steps } = run.summary;
  const warmup = Math.round(run.header.config.warmup * steps);
  const parameters = run.metrics.find((row) => row.kind === "parameters");
  const rows = run.metrics.filter((row) => row.kind === "gradients");
  return {
    seed,
    alarm: alarmOfRun(run, run.metrics),
    warmup,
    steps,
    tensors: parameters?.parameters.map((parameter, index) => ({
      name: parameter.name,
      group: groupOf(parameter),
      norms: binnedNorms(rows, index, { warmup, steps }),
    })) ?? [],
  };
}

function groupOf({ name, rescales }: ParameterRow): TensorGroup {
  if (!rescales) return "others";
  return /\bscale\b/.test(name) ? "LayerScale" : "LayerNorm";
}

function binnedNorms(
  rows: readonly GradientsMetric[],
  index: number,
  { warmup, steps }: { warmup: number; steps: number },
): number[] {
  const bins = Array.from({ length: TENSOR_BINS }, (): number[] => []);
  for (const { step, norms } of rows) {
    const bin = Math.floor(
      (step - warmup - 1) * TENSOR_BINS / (steps - warmup),
    );
    bins[bin]?.push(norms[index] ?? NaN);
  }
  return bins.map(median);
}

/** Past this correlation with the step a trend counts, by the procedure. */
const TREND = 0.5;

/** Which seeds of an arm raise the alarm, and what the others lack, in words. */
export function describeNormTrends({ traces, planned }: ArmTraces): string {
  const watched = traces.flatMap(({ seed, alarm }) =>
    alarm ? [{ seed, alarm }] : []
  );
  const alarmed = watched.filter(({ alarm }) => alarm.alarmed);
  const falling = watched.filter(({ alarm }) => alarm.lossTrend <= -TREND);
  const rising = watched.filter(({ alarm }) => alarm.normTrend >= TREND);
  const unwatched = planned - watched.length;
  return [
    `${alarmed.length} of ${formatCount(watched.length, "seed")} ${
      alarmed.length === 1 ? "raises" : "raise"
    } the alarm${
      alarmed.length > 0
        ? `: ${formatList(alarmed.map(({ seed }) => String(seed)))}`
        : ""
    }.`,
    `It takes both trends: the loss falls in ${falling.length}, the norm rises in ${rising.length}.`,
    unwatched > 0
      ? `${formatCount(unwatched, "planned run")} ${
        unwatched === 1 ? "was" : "were"
      } not watched throughout.`
      : "",
  ].filter(Boolean).join(" ");
}

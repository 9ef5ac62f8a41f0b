/** What runs that recorded gradient norms show: trends by step, and every tensor. */
import type { TopLevelSpec } from "vega-lite";
import type {
  GradientsMetric,
  ParameterRow,
  Run,
} from "../../data/runs/record.ts";
import { type Alarm, TREND } from "../../data/statistics/alarm.ts";
import { mean, median } from "../../data/statistics/textbook.ts";
import { alarmOfRun } from "../../data/verdicts/responses.ts";
import { formatList } from "../../data/text.ts";
import { armColor, armLabel } from "../charts/arm_style.ts";
import {
  type Channel,
  colourKey,
  KEY_PX,
  type Layer,
  logAxis,
  logDomain,
  namedRows,
  names,
  note,
  pixels,
  stepAxis,
  tooltip,
} from "../charts/marks.ts";
import { chart, rounded } from "../charts/theme.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { compact, type Content, html } from "../html.ts";
import { formatCount, formatDecimal, formatRatio } from "../numbers.ts";
import type { StudyRuns } from "../workload.ts";

/** The two plots, one above the other: where they lie in pixels, and what they measure. */
const PANELS = [
  { measure: "loss", range: [150, 22], name: "batch loss, nats" },
  { measure: "norm", range: [330, 202], name: "joint gradient norm" },
] as const;
const TRENDS_HEIGHT_PX = 330;

/**
 * The batch loss, and below it the joint gradient norm of LayerNorm and LayerScale, by step: a line
 * a seed of one arm, bold where the seed raised the alarm. Null where no seed was watched.
 */
export function normTrends({ arm, traces }: ArmTraces): TopLevelSpec | null {
  const rows = traces.flatMap(traceRows);
  const panels = PANELS.map((panel) => ({
    ...panel,
    // Only these have a place on a logarithmic axis.
    values: rows.map((row) => row[panel.measure])
      .filter((value) => value > 0 && value < Infinity),
  }));
  if (panels.some(({ values }) => values.length === 0)) return null;
  const steps = rows.map(({ step }) => step);
  const x = stepAxis({ domain: [Math.min(...steps), Math.max(...steps)] });
  return chart({
    height: TRENDS_HEIGHT_PX,
    data: { values: rows },
    resolve: { scale: { y: "independent" } },
    layer: panels.map(({ measure, range, name, values }) => {
      const y = logAxis(measure, logDomain(values, 0.05, 0.1), {
        range,
        wanted: 3,
        orient: "left",
      });
      const lines = (alarmed: boolean, mark: Layer) => ({
        transform: [{
          filter: `datum.alarmed === ${alarmed} && datum.${measure} > 0`,
        }],
        mark: { type: "line", ...mark },
        encoding: {
          x,
          y,
          detail: { field: "seed", type: "nominal" },
          tooltip: tooltip({ seed: "seed", trends: "trends" }),
        },
      });
      const color = armColor(arm);
      return {
        layer: [
          lines(false, { color: "var(--muted)", strokeWidth: 1, opacity: 0.6 }),
          lines(true, { color, strokeWidth: 2, opacity: 0.9 }),
          ...names([{ name }], {
            x: { value: 4 },
            y: { value: range[1] - 12 },
            color: { value: "var(--ink)" },
            text: { field: "name" },
          }, { align: "left", fontSize: 12, fontWeight: 400, limit: 0 }),
        ],
      };
    }),
  });
}

function traceRows({ seed, alarm, warmup, steps }: GradientTrace) {
  if (!alarm) return [];
  const { losses, norms, alarmed, lossTrend, normTrend } = alarm;
  const inWords = (trend: number) =>
    Number.isNaN(trend) ? "none" : formatDecimal(trend, 2);
  return losses.map((loss, bin) => ({
    seed: String(seed),
    step: Math.round(warmup + (bin + 0.5) * (steps - warmup) / losses.length),
    loss: rounded(loss),
    norm: rounded(norms[bin]!),
    alarmed,
    trends: `loss ${inWords(lossTrend)}, norm ${inWords(normTrend)}`,
  }));
}

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

const TENSOR_GROUPS = ["LayerNorm", "LayerScale", "others"] as const;
export type TensorGroup = typeof TENSOR_GROUPS[number];

/** Parts of the training that a tensor's norms are given for. */
const TENSOR_BINS = 5;

/** Arms whose report runs were to record gradient norms, in the order of the study. */
export function gradientTraces(
  { trials }: Pick<StudyRuns, "trials">,
  read: (id: string) => Run | undefined,
): ArmTraces[] {
  const report = Map.groupBy(
    trials.filter(({ stage }) => stage === "report"),
    ({ arm }) => arm,
  );
  return [...report].map(([arm, ofArm]) => ({
    arm,
    planned: ofArm.length,
    traces: ofArm.filter(({ header }) => header?.config.gradientNorms === true)
      .flatMap(({ runId, seed }) => {
        const run = read(runId);
        return run ? [traceOf(run, seed)] : [];
      }),
  })).filter(({ traces }) => traces.some(({ tensors }) => tensors.length > 0));
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

/** Which seeds of an arm raise the alarm, and what the others lack, in words. */
export function describeNormTrends({ traces, planned }: ArmTraces): string {
  const watched = traces.flatMap(({ seed, alarm }) =>
    alarm ? [{ seed, alarm }] : []
  );
  const alarmed = watched.filter(({ alarm }) => alarm.alarmed);
  const falling = watched.filter(({ alarm }) => alarm.lossTrend <= -TREND);
  const rising = watched.filter(({ alarm }) => alarm.normTrend >= TREND);
  const unwatched = planned - watched.length;
  const named = formatList(alarmed.map(({ seed }) => String(seed)));
  return compact([
    `${alarmed.length} of ${formatCount(watched.length, "seed")} ${
      alarmed.length === 1 ? "raises" : "raise"
    } the alarm${named && `: ${named}`}.`,
    `It takes both trends: the loss falls in ${falling.length}, the norm rises in ${rising.length}.`,
    unwatched > 0 &&
    `${formatCount(unwatched, "planned run")} ${
      unwatched === 1 ? "was" : "were"
    } not watched throughout.`,
  ]).join(" ");
}

/** Height of a tensor's row, and of the line that names the arms, in pixels. */
const TENSOR_ROW_PX = 12;
const ARM_LINE_PX = 34;

/** Room for the names of tensors, in pixels. */
const TENSOR_NAMES_PX = 138;

/** Between two arms, and from one to the next, in columns. */
const ARM_GAP = 0.5;
const ARM_COLUMNS = TENSOR_BINS + ARM_GAP;

/** Ends of the colours: some norms are nearly 0, and would take all of them. */
const COLOUR_DECADES = 4;

/**
 * Gradient norms of every tensor by fifths of the training, geometric means over seeds, an arm
 * beside the other. Null where none was recorded.
 */
export function tensorNorms(arms: readonly ArmTraces[]): TopLevelSpec | null {
  const cells = arms.flatMap(cellsOf);
  if (cells.length === 0) return null;
  const most = Math.max(...cells.map(({ norm }) => norm));
  const least = Math.min(...cells.map(({ norm }) => norm));
  const low = rounded(Math.max(least, most / 10 ** COLOUR_DECADES));
  const high = rounded(Math.max(most, 1.01 * low));
  const rows = rowsOf(arms);
  const top = KEY_PX + ARM_LINE_PX;
  const height = top + TENSOR_ROW_PX * rows.length;
  const x = {
    field: "column",
    type: "quantitative",
    title: "fifths of the training",
    scale: {
      domain: [0, arms.length * ARM_COLUMNS - ARM_GAP],
      nice: false,
      range: [TENSOR_NAMES_PX, { expr: "width" }],
    },
    axis: { labels: false, ticks: false, domain: false },
  };
  const y = namedRows("tensor", rows, [top, height]);
  const color = {
    field: "norm",
    type: "quantitative",
    legend: null,
    scale: { type: "log", scheme: "viridis", domain: [low, high], clamp: true },
  };
  // Like `0.012` and `3.4`.
  const text = (norm: number) => String(Number(norm.toPrecision(2)));
  return chart({
    height,
    layer: [
      ...colourKey({
        title: "L2 norm of the gradient",
        low,
        high,
        log: true,
        lowText: `${text(low)}${least < low ? " or less" : ""}`,
        highText: text(high),
      }, color),
      armNames(arms, x),
      ...rowNames(rows, y),
      {
        data: { values: cells },
        transform: columnParts(arms),
        mark: { type: "rect" },
        encoding: {
          x,
          x2: { field: "end" },
          y,
          color,
          tooltip: TENSOR_TOOLTIP,
        },
      },
    ],
  });
}

const TENSOR_TOOLTIP = [
  ...tooltip({ arm: "arm", tensor: "tensor", part: "fifth" }),
  { field: "norm", type: "quantitative", title: "norm", format: ".3~r" },
];

/** A cell is many: what follows from its column is reckoned where it is drawn. */
function columnParts(arms: readonly ArmTraces[]): unknown[] {
  const names = JSON.stringify(arms.map(({ arm }) => armLabel(arm)));
  return [
    { calculate: "datum.column + 1", as: "end" },
    { calculate: `datum.column % ${ARM_COLUMNS} + 1`, as: "part" },
    { calculate: `${names}[floor(datum.column / ${ARM_COLUMNS})]`, as: "arm" },
  ];
}

/** Every tensor under the name of its group, in the order of the network. */
function rowsOf(arms: readonly ArmTraces[]): string[] {
  const tensors = new Map(
    arms.flatMap(({ traces }) => traces).flatMap(({ tensors }) => tensors)
      .map((tensor) => [tensor.name, tensor]),
  );
  return TENSOR_GROUPS.flatMap((group) => {
    const names = [...tensors.values()].filter((it) => it.group === group)
      .map(({ name }) => name);
    return names.length > 0 ? [group, ...names] : [];
  });
}

function cellsOf({ traces }: ArmTraces, place: number) {
  const byName = Map.groupBy(
    traces.flatMap(({ tensors }) => tensors),
    ({ name }) => name,
  );
  return [...byName].flatMap(([tensor, ofSeeds]) =>
    Array.from({ length: TENSOR_BINS }, (_, bin) => {
      const logs = ofSeeds.map(({ norms }) => Math.log(norms[bin]!))
        .filter(Number.isFinite);
      const column = place * ARM_COLUMNS + bin;
      return { tensor, column, norm: rounded(Math.exp(mean(logs))) };
    }).filter(({ norm }) => norm > 0)
  );
}

function armNames(arms: readonly ArmTraces[], x: Channel): Layer {
  const rows = arms.map(({ arm }, place) => ({
    column: place * ARM_COLUMNS + TENSOR_BINS / 2,
    name: armLabel(arm),
    y: KEY_PX + (place % 2 ? 24 : 10), // neighbours' names would touch on a phone
  }));
  return note(rows, { x, y: pixels(), text: { field: "name" } }, {
    fontSize: 11,
    fontWeight: 600,
    color: "var(--ink)",
  });
}

/** Groups in bold, tensors with the number of their block in front. */
function rowNames(rows: readonly string[], y: Channel): Layer[] {
  const groups: readonly string[] = TENSOR_GROUPS;
  return [true, false].map((isGroup) =>
    note(
      rows.filter((row) => groups.includes(row) === isGroup).map((tensor) => ({
        tensor,
        name: tensor.replace(/^block(?=\d)/, "").replace(
          /^(.{25}).{2,}$/,
          "$1…",
        ),
      })),
      { x: { value: TENSOR_NAMES_PX - 6 }, y, text: { field: "name" } },
      { align: "right", fontSize: 10, fontWeight: isGroup ? 600 : 400 },
    )
  );
}

/** How the norms of each group of tensors change over the training, in words and numbers. */
export function describeTensorNorms(arms: readonly ArmTraces[]): string {
  return arms.map((arm) => {
    const changes = TENSOR_GROUPS.flatMap((group) => {
      const ratio = changeOf(arm, group);
      return ratio === null ? [] : [`${group} ${formatRatio(ratio)}`];
    });
    return `${armLabel(arm.arm)}, last fifth over first, typical tensor: ${
      changes.join(", ") || "nothing recorded"
    }.`;
  }).join(" ");
}

/** Geometric mean over the group's tensors and seeds; null where none has both ends. */
function changeOf({ traces }: ArmTraces, group: TensorGroup): number | null {
  const logs = traces.flatMap(({ tensors }) => tensors)
    .filter((tensor) => tensor.group === group)
    .map(({ norms }) => Math.log(norms.at(-1)! / norms[0]!))
    .filter(Number.isFinite);
  return logs.length > 0 ? Math.exp(mean(logs)) : null;
}

/** Gradient norms of the arms that recorded them, and which seeds raise H6's alarm. */
export async function gradientSection(
  id: string,
  traces: readonly ArmTraces[],
): Promise<Content> {
  const title = "Gradient norms and the alarm";
  if (traces.length === 0) {
    return absentFigure(title, "No run has recorded its gradient norms yet.");
  }
  return html`
    <h3>${title}</h3>
    <p>The README's alarm: “if the training loss decreases while the gradient norm increases”. A seed
    raises it if both happen. The steps after warmup are cut into twenty equal parts; over their medians
    the loss must fall (rank correlation with the step −0.5 or less) and the joint norm of the gradients of
    LayerNorm and LayerScale must rise (0.5 or more). Neither trend alone is an alarm.</p>
    ${await Array.fromAsync(traces, (arm, index) =>
      renderFigure({
        id: `${id}-norms-${index + 1}`,
        title: `${armLabel(arm.arm)}: loss and gradient norm by step`,
        reading:
          "Above the loss, below the norm of the gradients of LayerNorm and LayerScale together: a line a seed, medians over twentieths of the steps after warmup, both axes logarithmic. Bold lines in colour are seeds that raise the alarm, thin grey ones seeds that do not.",
        inNumbers: describeNormTrends(arm),
        spec: normTrends(arm),
        absent: "No run was watched from warmup to its end.",
      }))}
    ${await renderFigure({
      id: `${id}-tensors`,
      title: "Gradient norms of every tensor",
      reading:
        "Each row is a tensor, a number in front its block; each arm has five columns from the end of warmup to the end of training; a cell is the geometric mean over seeds of the median norm, taken before the optimizer touches the gradient.",
      inNumbers: describeTensorNorms(traces),
      spec: tensorNorms(traces),
      absent: "No norm was a number above 0.",
    })}
  `;
}

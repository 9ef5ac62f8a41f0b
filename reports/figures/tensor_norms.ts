import type { TopLevelSpec } from "vega-lite";
import { mean } from "../../data/statistics/textbook.ts";
import { armLabel } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { colourKey, KEY_PX } from "../charts/labels.ts";
import { chart, rounded, shortened } from "../charts/theme.ts";
import { type Content, html } from "../html.ts";
import { formatRatio } from "../numbers.ts";
import {
  type ArmTraces,
  describeNormTrends,
  normTrends,
  TENSOR_BINS,
  TENSOR_GROUPS,
  type TensorGroup,
  type TensorTrace,
} from "./norm_trends.ts";

/** Height of a tensor's row, and of the line that names the arms, in pixels. */
const TENSOR_ROW_PX = 12;
const ARM_LINE_PX = 34;

/** Room for the names of tensors, in pixels. */
const TENSOR_NAMES_PX = 138;

/** Between two arms, in columns. */
const ARM_GAP = 0.5;

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
      domain: [0, arms.length * (TENSOR_BINS + ARM_GAP) - ARM_GAP],
      nice: false,
      range: [TENSOR_NAMES_PX, { expr: "width" }],
    },
    axis: { labels: false, ticks: false, domain: false },
  };
  const y = {
    field: "tensor",
    type: "nominal",
    axis: null,
    scale: { domain: rows, range: [top, height] },
  };
  const color = {
    field: "norm",
    type: "quantitative",
    legend: null,
    scale: { type: "log", scheme: "viridis", domain: [low, high], clamp: true },
  };
  return chart({
    height,
    layer: [
      ...colourKey({
        title: "L2 norm of the gradient",
        low,
        high,
        log: true,
        lowText: `${norm(low)}${least < low ? " or less" : ""}`,
        highText: norm(high),
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
  { field: "arm", type: "nominal", title: "arm" },
  { field: "tensor", type: "nominal", title: "tensor" },
  { field: "part", type: "nominal", title: "fifth" },
  { field: "norm", type: "quantitative", title: "norm", format: ".3~r" },
];

/** A cell is many: what follows from its column is reckoned where it is drawn. */
function columnParts(arms: readonly ArmTraces[]): unknown[] {
  const width = TENSOR_BINS + ARM_GAP;
  const names = JSON.stringify(arms.map(({ arm }) => armLabel(arm)));
  return [
    { calculate: "datum.column + 1", as: "end" },
    { calculate: `datum.column % ${width} + 1`, as: "part" },
    { calculate: `${names}[floor(datum.column / ${width})]`, as: "arm" },
  ];
}

/** Like `0.012` and `3.4`. */
function norm(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** Every tensor under the name of its group, in the order of the network. */
function rowsOf(arms: readonly ArmTraces[]): string[] {
  const tensors = new Map<string, TensorTrace>();
  for (const { traces } of arms) {
    for (const trace of traces) {
      for (const tensor of trace.tensors) tensors.set(tensor.name, tensor);
    }
  }
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
      const column = place * (TENSOR_BINS + ARM_GAP) + bin;
      return { tensor, column, norm: rounded(Math.exp(mean(logs))) };
    }).filter(({ norm }) => norm > 0)
  );
}

function armNames(arms: readonly ArmTraces[], x: unknown): unknown {
  const values = arms.map(({ arm }, place) => ({
    column: place * (TENSOR_BINS + ARM_GAP) + TENSOR_BINS / 2,
    name: armLabel(arm),
    y: KEY_PX + (place % 2 ? 24 : 10), // neighbours' names would touch on a phone
  }));
  return {
    data: { values },
    mark: { type: "text", fontSize: 11, fontWeight: 600, color: "var(--ink)" },
    encoding: {
      x,
      y: { field: "y", type: "quantitative", scale: null, axis: null },
      text: { field: "name" },
    },
  };
}

/** Groups in bold, tensors with the number of their block in front. */
function rowNames(rows: readonly string[], y: unknown): unknown[] {
  const layer = (values: readonly string[], fontWeight: number) => ({
    data: {
      values: values.map((tensor) => ({
        tensor,
        name: shortened(tensor.replace(/^block(?=\d)/, ""), 26),
      })),
    },
    mark: {
      type: "text",
      align: "right",
      fontSize: 10,
      fontWeight,
      color: "var(--muted)",
    },
    encoding: { x: { value: TENSOR_NAMES_PX - 6 }, y, text: { field: "name" } },
  });
  const groups: readonly string[] = TENSOR_GROUPS;
  return [
    layer(rows.filter((row) => groups.includes(row)), 600),
    layer(rows.filter((row) => !groups.includes(row)), 400),
  ];
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
  const figures: Content[] = [];
  for (const [index, arm] of traces.entries()) {
    figures.push(await trendFigure(`${id}-norms-${index + 1}`, arm));
  }
  return html`
    <h3>${title}</h3>
    <p>The README's alarm: “if the training loss decreases while the gradient norm increases”. A seed
    raises it if both happen. The steps after warmup are cut into twenty equal parts; over their medians
    the loss must fall (rank correlation with the step −0.5 or less) and the joint norm of the gradients of
    LayerNorm and LayerScale must rise (0.5 or more). Neither trend alone is an alarm.</p>
    ${figures}
    ${await tensorFigure(id, traces)}
  `;
}

async function trendFigure(id: string, arm: ArmTraces): Promise<Content> {
  const title = `${armLabel(arm.arm)}: loss and gradient norm by step`;
  const spec = normTrends(arm);
  if (!spec) {
    return absentFigure(title, "No run was watched from warmup to its end.");
  }
  return await renderFigure({
    id,
    title,
    reading:
      "Above the loss, below the norm of the gradients of LayerNorm and LayerScale together: a line a seed, medians over twentieths of the steps after warmup, both axes logarithmic. Bold lines in colour are seeds that raise the alarm, thin grey ones seeds that do not.",
    inNumbers: describeNormTrends(arm),
    spec,
  });
}

async function tensorFigure(
  id: string,
  traces: readonly ArmTraces[],
): Promise<Content> {
  const title = "Gradient norms of every tensor";
  const spec = tensorNorms(traces);
  if (!spec) return absentFigure(title, "No norm was a number above 0.");
  return await renderFigure({
    id: `${id}-tensors`,
    title,
    reading:
      "Each row is a tensor, a number in front its block; each arm has five columns from the end of warmup to the end of training; a cell is the geometric mean over seeds of the median norm, taken before the optimizer touches the gradient.",
    inNumbers: describeTensorNorms(traces),
    spec,
  });
}

import type { TopLevelSpec } from "vega-lite";
import { switches } from "../../data/verdicts/parts.ts";
import type { AblationArm } from "../ablation.ts";
import { formatRate } from "../numbers.ts";
import { lossLayers, nameLayers } from "./ablation_losses.ts";
import { chart, rounded } from "./theme.ts";
import { logTicks } from "./ticks.ts";

const rowHeight = 24;

/** Room left of the losses for the switches and the rate, and above for their names, in pixels. */
const side = { left: 138, top: 64 } as const;

/** Where the columns stand. */
const columns = { first: 10, step: 19, rate: 126 } as const;

/**
 * Which switches each arm has on (filled), its best learning rate, and its report losses by seed, a
 * row an arm in the order given. Null where no run has finished.
 */
export function switchMatrix(
  arms: readonly AblationArm[],
): TopLevelSpec | null {
  const losses = arms.flatMap(({ seeds }) => seeds.map(({ loss }) => loss));
  if (losses.length === 0) return null;
  const [low, high] = lossDomain(losses);
  const ticks = logTicks(low, high, 3);
  const height = side.top + rowHeight * arms.length;
  const y = {
    field: "arm",
    type: "nominal",
    axis: null,
    scale: { domain: arms.map(({ arm }) => arm), range: [side.top, height] },
  };
  const x = {
    field: "loss",
    type: "quantitative",
    title: "validation loss, nats",
    scale: {
      type: "log",
      domain: [low, high],
      nice: false,
      range: [side.left, { expr: "width" }],
    },
    axis: { values: ticks, format: ".3~r", grid: false },
  };
  return chart({
    height,
    layer: [
      {
        // Vega's grid would begin at the top of the plot and end above its bottom.
        data: { values: ticks.map((loss) => ({ loss })) },
        mark: { type: "rule", color: "var(--grid)" },
        encoding: { x, y: { value: side.top }, y2: { value: height } },
      },
      ...matrixLayers(arms, y),
      ...lossLayers(arms, { x, y }),
      ...nameLayers(arms, { x, y }, Math.sqrt(low * high)),
    ],
  });
}

/** Around the seeds, with the same air on both sides. */
function lossDomain(losses: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const air = Math.exp(0.06 * Math.max(Math.log(high / low), 0.05));
  return [rounded(low / air), rounded(high * air)];
}

function matrixLayers(arms: readonly AblationArm[], y: unknown): unknown[] {
  const cells = arms.flatMap(({ arm, on }) =>
    switches.map((name, column) => ({
      arm,
      column: columns.first + column * columns.step,
      state: on.includes(name) ? "on" : "off",
      text: `${name} ${on.includes(name) ? "on" : "off"}`,
    }))
  );
  const x = {
    field: "column",
    type: "quantitative",
    scale: null,
    axis: null,
  };
  const heads = [
    ...switches.map((name, column) => ({
      text: name === "lookahead" ? "LookAhead" : name,
      column: columns.first + column * columns.step,
    })),
    { text: "best rate", column: columns.rate - 18 },
  ];
  const rates = arms.flatMap(({ arm, learningRate }) =>
    learningRate === null ? [] : [{ arm, text: formatRate(learningRate) }]
  );
  return [
    {
      data: { values: heads },
      mark: {
        type: "text",
        align: "left",
        angle: 310,
        fontSize: 12,
        color: "var(--muted)",
      },
      encoding: { x, y: { value: side.top - 8 }, text: { field: "text" } },
    },
    {
      data: { values: cells },
      mark: { type: "point", size: 80, strokeWidth: 1.5, opacity: 1 },
      encoding: {
        x,
        y,
        stroke: { value: "var(--muted)" },
        fill: {
          field: "state",
          type: "nominal",
          legend: null,
          scale: {
            domain: ["on", "off"],
            range: ["var(--ink)", "transparent"],
          },
        },
        tooltip: [{ field: "text", type: "nominal", title: "switch" }],
      },
    },
    {
      data: { values: rates },
      mark: { type: "text", align: "right", fontSize: 12, color: "var(--ink)" },
      encoding: { x: { value: columns.rate }, y, text: { field: "text" } },
    },
  ];
}

import type { TopLevelSpec } from "vega-lite";
import type { ArmTraces, GradientTrace } from "../gradient_traces.ts";
import { formatDecimal } from "../numbers.ts";
import { armStyles } from "./arm_style.ts";
import { chart, haloText, rounded } from "./theme.ts";
import { logTicks } from "./ticks.ts";

/** Where the two plots lie, one above the other, in pixels. */
const plots = { loss: [150, 22], norm: [330, 202] } as const;
const height = 330;

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
    height,
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

type Measure = "loss" | "norm";

const names = {
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
  readonly measure: Measure;
  readonly low: number;
  readonly high: number;
}

/** Null where nothing has a place on a logarithmic axis. */
function panel(all: readonly TraceRow[], measure: Measure): Panel | null {
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
      range: plots[measure],
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
      data: { values: [{ name: names[measure] }] },
      encoding: {
        x: { value: 4 },
        y: { value: plots[measure][1] - 12 },
        color: { value: "var(--ink)" },
        text: { field: "name" },
      },
    }),
  ];
}

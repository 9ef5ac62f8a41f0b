import type { TopLevelSpec } from "vega-lite";
import { stepRatio } from "../../data/statistics/mechanism.ts";
import type { NetworkRatios } from "../mechanism.ts";
import { measuredLayers, nameLayers } from "./measured_ratios.ts";
import { place, type PlacedNetwork, pointsOf } from "./placed_network.ts";
import { chart, haloText, ratioLabels, rounded } from "./theme.ts";
import { logTicks } from "./ticks.ts";

/** What the rule of thumb says, whatever the network. */
const rule = 10;

/** Points of the predicted curve. */
const curvePoints = 60;

/**
 * SING's best learning rate over AdamW's by the size of the network's tensors, with seeds as points,
 * means and their 90% intervals, beside the predicted curve. Null where no network has a place.
 */
export function ratioByEntries(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const placed = networks.flatMap(place);
  if (placed.length === 0) return null;
  const [few, many] = entriesDomain(placed);
  const curve = curveRows(few, many);
  const [low, high] = ratioDomain(placed, curve.map(({ ratio }) => ratio));
  const x = {
    field: "entries",
    type: "quantitative",
    title: "D, entries of a tensor",
    scale: { type: "log", domain: [few, many], nice: false },
    axis: { values: powers(few, many), format: "~s" },
  };
  const y = {
    field: "ratio",
    type: "quantitative",
    title: null,
    scale: { type: "log", domain: [low, high], nice: false },
    axis: {
      values: logTicks(low, high, 4),
      labelExpr: ratioLabels,
    },
  };
  return chart({
    layer: [
      ...curveLayers(curve, { x, y }),
      ...measuredLayers(placed, { x, y }, { low, high }),
      ...nameLayers(placed, { x }, { few, many, low, high }),
    ],
  });
}

type Encodings = Readonly<Record<string, unknown>>;

function entriesDomain(placed: readonly PlacedNetwork[]): [number, number] {
  const entries = placed.map((network) => network.entries);
  return [
    rounded(Math.min(100, ...entries) / 2),
    rounded(Math.max(1e6, ...entries) * 2),
  ];
}

function ratioDomain(
  placed: readonly PlacedNetwork[],
  curve: readonly number[],
): [number, number] {
  const ratios = [
    ...placed.flatMap(({ ratio }) => pointsOf(ratio)),
    ...curve,
    rule,
  ];
  return [
    rounded(Math.min(...ratios) / 1.3),
    rounded(Math.max(...ratios) * 1.3),
  ];
}

function curveRows(few: number, many: number) {
  return Array.from({ length: curvePoints + 1 }, (_, i) => {
    const entries = few * (many / few) ** (i / curvePoints);
    return {
      entries: rounded(entries),
      ratio: rounded(2 * stepRatio(entries)),
    };
  });
}

function powers(few: number, many: number): number[] {
  const first = Math.ceil(Math.log10(few));
  const count = Math.floor(Math.log10(many)) - first + 1;
  return Array.from({ length: count }, (_, i) => 10 ** (first + i));
}

/** The prediction and the rule of thumb, each named on its line. */
function curveLayers(
  curve: readonly { readonly entries: number; readonly ratio: number }[],
  { x, y }: Encodings,
): unknown[] {
  return [
    {
      data: { values: [{ ratio: rule }] },
      mark: { type: "rule", color: "var(--muted)", strokeDash: [3, 3] },
      encoding: { y },
    },
    {
      data: { values: curve },
      mark: { type: "line", color: "var(--ink)", strokeWidth: 2 },
      encoding: { x, y },
    },
    ...haloText({ dx: -24, align: "right", fontSize: 12, limit: 0 }, {
      data: { values: [{ ...curve.at(-1), label: "2R(D), predicted" }] },
      encoding: {
        x,
        y,
        color: { value: "var(--ink)" },
        text: { field: "label" },
      },
    }),
    ...haloText({
      dy: -8,
      align: "left",
      fontSize: 12,
      fontWeight: 400,
      limit: 0,
    }, {
      data: { values: [{ ratio: rule, label: "10×, the rule of thumb" }] },
      encoding: {
        x: { value: 4 },
        y,
        color: { value: "var(--muted)" },
        text: { field: "label" },
      },
    }),
  ];
}

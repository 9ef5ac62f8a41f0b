import type { TopLevelSpec } from "vega-lite";
import type { Breaking } from "../breaking.ts";
import { geometricMean } from "../geometric_mean.ts";
import { formatPercent, formatRate } from "../numbers.ts";
import { armStyles } from "./arm_style.ts";
import { chart, plotHeight, rateLabels, rounded } from "./theme.ts";
import { rateTicks } from "./ticks.ts";

/** Height of the strip on top that shows each seed's best rate and its edge, in pixels. */
const strip = 56;

/** Where the two rows of the strip lie. */
const rows = { best: 14, edge: 38 } as const;

/**
 * The share of seeds that broke at each learning rate, with Wilson's 95% intervals; above it each
 * seed's best rate and the edge where it breaks.
 */
export function brokenRate(breaking: Breaking): TopLevelSpec {
  const rates = breaking.rates.map(({ learningRate }) => learningRate);
  const [low, high] = [Math.min(...rates) / 1.5, Math.max(...rates) * 1.5];
  const color = armStyles([breaking.arm]).get(breaking.arm)?.color;
  const x = {
    field: "rate",
    type: "quantitative",
    title: "learning rate",
    scale: { type: "log", domain: [rounded(low), rounded(high)], nice: false },
    axis: { values: rateTicks(low, high), labelExpr: rateLabels },
  };
  const y = {
    field: "share",
    type: "quantitative",
    title: null,
    scale: { domain: [0, 1], range: [plotHeight, strip + 14] },
    axis: { values: [0, 0.25, 0.5, 0.75, 1], format: ".0%" },
  };
  return chart({
    layer: [
      ...stripLayers(breaking, x, color),
      {
        data: { values: breaking.rates.map(shareRow) },
        mark: { type: "rule", strokeWidth: 2, color },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
      },
      {
        data: { values: breaking.rates.map(shareRow) },
        mark: {
          type: "point",
          filled: true,
          size: 90,
          opacity: 1,
          color,
          stroke: "var(--paper)",
          strokeWidth: 1.5,
        },
        encoding: { x, y, tooltip: shareTooltip },
      },
    ],
  });
}

const shareTooltip = [
  { field: "rateText", type: "nominal", title: "learning rate" },
  { field: "brokenText", type: "nominal", title: "broken" },
  { field: "intervalText", type: "nominal", title: "95% interval" },
];

function shareRow(
  { learningRate, broken, n, interval: { low, high } }: Breaking["rates"][
    number
  ],
) {
  return {
    rate: rounded(learningRate),
    share: rounded(broken / n),
    low: rounded(low),
    high: rounded(high),
    rateText: formatRate(learningRate),
    brokenText: `${broken} of ${n} seeds`,
    intervalText: `${formatPercent(low)} to ${formatPercent(high)}`,
  };
}

function stripLayers(
  { best, edges, seeds, rates }: Breaking,
  x: unknown,
  color: string | undefined,
): unknown[] {
  const found = edges.flatMap((edge) => edge ?? []);
  const ends = [rates[0]!, rates.at(-1)!].map((rate) => rate.learningRate);
  const seedRows = [
    ...best.map((rate, i) => seedRow("best", rate, seeds[i])),
    ...edges.flatMap((edge, i) =>
      edge === null ? [] : [seedRow("edge", edge, seeds[i])]
    ),
  ];
  return [
    {
      data: { values: [{}] },
      mark: { type: "rect", color: "var(--strip)" },
      encoding: {
        x: { value: 0 },
        x2: { value: "width" },
        y: { value: 0 },
        y2: { value: strip },
      },
    },
    ...meanLayers([["best", best], ["edge", found]], x, geometricMean(ends)),
    {
      data: { values: seedRows },
      mark: { type: "point", size: 55, strokeWidth: 1.5, opacity: 0.7 },
      encoding: {
        x,
        y: { field: "y", type: "quantitative", scale: null, axis: null },
        shape: {
          field: "what",
          type: "nominal",
          legend: null,
          scale: { domain: ["best", "edge"], range: ["circle", "cross"] },
        },
        color: { value: color },
        tooltip: [
          { field: "what", type: "nominal", title: "of a seed" },
          { field: "seed", type: "nominal", title: "seed" },
          { field: "rateText", type: "nominal", title: "learning rate" },
        ],
      },
    },
  ];
}

function seedRow(
  what: "best" | "edge",
  rate: number,
  seed: number | undefined,
) {
  const rateText = formatRate(rate);
  return { what, y: rows[what], rate: rounded(rate), seed, rateText };
}

/** A line down the plot at each mean, named in the strip on the side that has more room. */
function meanLayers(
  means: readonly (readonly ["best" | "edge", readonly number[]])[],
  x: unknown,
  middle: number,
): unknown[] {
  return means.flatMap(([what, rates]) => {
    if (rates.length === 0) return [];
    const mean = geometricMean(rates);
    const toLeft = mean > middle;
    const beside = toLeft ? Math.min(...rates) : Math.max(...rates);
    const label = `mean ${what} ${formatRate(mean)}`;
    return [
      {
        data: { values: [{ rate: rounded(mean) }] },
        mark: { type: "rule", color: "var(--muted)", strokeDash: [4, 3] },
        encoding: { x, y: { value: strip }, y2: { value: plotHeight } },
      },
      {
        data: { values: [{ rate: rounded(beside), label }] },
        mark: {
          type: "text",
          align: toLeft ? "right" : "left",
          dx: toLeft ? -10 : 10,
          fontSize: 12,
          color: "var(--ink)",
        },
        encoding: { x, y: { value: rows[what] }, text: { field: "label" } },
      },
    ];
  });
}

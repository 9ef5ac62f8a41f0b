import type { TopLevelSpec } from "vega-lite";
import { formatRate, formatRatio } from "../numbers.ts";
import { armLabel } from "./arm_style.ts";
import { seriesScales } from "./series_scales.ts";
import { chart, haloText, rateLabels, rounded } from "./theme.ts";
import { rateTicks } from "./ticks.ts";

/** Best learning rates of two arms, as decimal logarithms; a seed has the same place in both. */
export interface SeedPairs {
  readonly arms: readonly [string, string];
  readonly values: readonly [readonly number[], readonly number[]];
}

const rowHeight = 22;

/** Each seed's two best learning rates, joined by a line as long as their ratio. */
export function seedPairs({ arms, values }: SeedPairs): TopLevelSpec {
  const [first, second] = values;
  const all = values.flat().map((value) => 10 ** value);
  const [low, high] = [Math.min(...all) / 2, Math.max(...all) * 2] as const;
  const x = {
    field: "rate",
    type: "quantitative",
    title: "best learning rate",
    scale: { type: "log", domain: [rounded(low), rounded(high)], nice: false },
    axis: { values: rateTicks(low, high), labelExpr: rateLabels },
  };
  const y = {
    field: "seed",
    type: "ordinal",
    title: "seed",
    axis: { domain: false, ticks: false },
  };
  const joined = first.map((value, i) => ({
    seed: i + 1,
    rate: rounded(10 ** value),
    to: rounded(10 ** second[i]!),
  }));
  return chart({
    height: rowHeight * first.length + rowHeight,
    layer: [
      {
        data: { values: joined },
        mark: { type: "rule", color: "var(--line)", strokeWidth: 2 },
        encoding: { x, x2: { field: "to" }, y },
      },
      pointLayer({ arms, values }, { x, y }),
      ...nameLayers({ arms, values }, x),
    ],
  });
}

type Encodings = Readonly<Record<string, unknown>>;

function pointLayer({ arms, values }: SeedPairs, encoding: Encodings): unknown {
  const [first, second] = values;
  const rows = arms.flatMap((arm, side) =>
    values[side]!.map((value, i) => ({
      series: armLabel(arm),
      seed: i + 1,
      rate: rounded(10 ** value),
      rateText: formatRate(10 ** value),
      ratio: formatRatio(10 ** (second[i]! - first[i]!)),
    }))
  );
  const { color, shape } = scales(arms);
  return {
    data: { values: rows },
    mark: { type: "point", filled: true, size: 90, opacity: 1 },
    encoding: {
      ...encoding,
      color,
      shape,
      tooltip: [
        { field: "seed", type: "nominal", title: "seed" },
        { field: "series", type: "nominal", title: "optimizer" },
        { field: "rateText", type: "nominal", title: "best learning rate" },
        { field: "ratio", type: "nominal", title: "ratio of this seed" },
      ],
    },
  };
}

/** The arms' names above their first points. */
function nameLayers({ arms, values }: SeedPairs, x: Encodings): unknown[] {
  const rows = arms.map((arm, side) => ({
    series: armLabel(arm),
    rate: rounded(10 ** values[side]![0]!),
  }));
  return haloText({ baseline: "bottom" }, {
    data: { values: rows },
    encoding: {
      x,
      y: { value: 0 },
      color: scales(arms).color,
      text: { field: "series" },
    },
  });
}

function scales(arms: readonly string[]) {
  return seriesScales(
    arms.map((arm) => ({ arm, weightDecay: 0, oneOfMany: false })),
  );
}

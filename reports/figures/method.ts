/**
 * The procedure at work on simulated curves, for the page that explains it: the numbers are what the
 * project's own statistics make of them.
 */
import type { TopLevelSpec } from "vega-lite";
import {
  type Estimate,
  estimate,
  type Interval,
} from "../../data/statistics/estimate.ts";
import {
  locate,
  type Optimum,
  optimum,
  STEPS_PER_CELL,
} from "../../data/statistics/optimum.ts";
import { random } from "../../data/random.ts";
import { optimaDifference } from "../../data/statistics/findings.ts";
import {
  CURVES,
  drawLevels,
  SimulatedArm,
} from "../../data/statistics/simulation.ts";
import {
  LEARNING_RATE_CELL,
  type Response,
  valueAt,
} from "../../data/statistics/response.ts";
import { BETWEEN_3_AND_32_TIMES } from "../../data/verdicts/claims.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { armLabel, seriesScales } from "../charts/arm_style.ts";
import {
  bars,
  dots,
  guide,
  layer,
  line,
  means,
  names,
  note,
  pixels,
  quantity,
  rateAxis,
  rounds,
  seeds,
  tooltip,
} from "../charts/marks.ts";
import { RATIO_SCALE } from "../charts/scales.ts";
import { chart, rounded } from "../charts/theme.ts";
import { formatRate, formatRatio } from "../numbers.ts";

/** What one seed scored with one optimizer, and what is read from it. */
export interface ExampleSeed {
  readonly arm: "adamw" | "sing";
  /** In cells; the learning rate is 10^(position / 4). */
  readonly positions: readonly number[];
  /** y at each. */
  readonly scores: readonly number[];
  readonly optimum: Optimum;
}

export interface MethodExample {
  /** The same seed with each optimizer: one that has its optimum in a valley, one at a cliff. */
  readonly seed: readonly ExampleSeed[];
  /** Best learning rates by seed, as decimal logarithms. */
  readonly best: {
    readonly adamw: readonly number[];
    readonly sing: readonly number[];
  };
  /** Of SING's best learning rates less AdamW's. */
  readonly difference: Estimate;
  /** What the difference is in truth. */
  readonly truth: number;
}

const SEEDS = 10;

/** Whole positions around each simulated optimum: the grid of the tune stage. */
const GRID = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

/** Where the middles of the grids lie, in cells: 1e-3 and 1e-2. The optima lie `phase` below. */
const GRID_MIDDLES = { adamw: -12, sing: -8 };
const PHASE = 0.3;

/** A rounded valley, and a slow fall that ends at a cliff. */
const EXAMPLE_CURVES = { adamw: CURVES[1]!, sing: CURVES[4]! };

/** The same example at each call. */
export function methodExample(): MethodExample {
  const draws = random(1, "example of the method");
  const levels = drawLevels(SEEDS, draws);
  const arm = (name: "adamw" | "sing"): Response => {
    const setting = {
      curve: EXAMPLE_CURVES[name],
      phase: PHASE,
      random: draws,
    };
    const response = new SimulatedArm(setting, levels).run(GRID).response();
    const shift = GRID_MIDDLES[name];
    const positions = response.positions.map((at) => at + shift);
    return { ...response, positions };
  };
  const [adamw, sing] = [arm("adamw"), arm("sing")];
  const finding = optimaDifference(sing, adamw);
  if (finding.kind !== "estimate") {
    throw new Error("the example has no estimate");
  }
  return {
    seed: [firstSeed("adamw", adamw), firstSeed("sing", sing)],
    best: { adamw: locate(adamw).values, sing: locate(sing).values },
    difference: finding.estimate,
    truth: (GRID_MIDDLES.sing - GRID_MIDDLES.adamw) * LEARNING_RATE_CELL,
  };
}

function firstSeed(
  arm: ExampleSeed["arm"],
  { positions, scores }: Response,
): ExampleSeed {
  const row = scores[0]!;
  return {
    arm,
    positions,
    scores: row.map(({ y }) => y),
    optimum: optimum(positions, row)!,
  };
}

/**
 * One seed's scores by learning rate with each optimizer, the curves fitted to those before a cliff,
 * and the rates that are taken for the best.
 */
export function seedOptima(examples: readonly ExampleSeed[]): TopLevelSpec {
  const rates = examples.flatMap(({ positions }) => positions.map(rateAt));
  const domain = [Math.min(...rates) / 1.4, Math.max(...rates) * 1.4] as const;
  const x = rateAxis(domain, { exact: true });
  const y = {
    field: "y",
    type: "quantitative",
    title: null,
    axis: { tickCount: 5 },
  };
  const { color, shape } = scales(examples.map(({ arm }) => arm));
  const place = { x, y, color };
  /** Before the cliff in the arm's colour, beyond it hollow. */
  const points = (kept: boolean) =>
    layer(
      examples.flatMap((seed) => pointRows(seed, kept)),
      {
        type: "point",
        filled: kept,
        size: 70,
        opacity: 1,
        ...!kept && { fill: "var(--paper)" },
      },
      { ...place, shape, tooltip: POINT_TOOLTIP },
    );
  return chart({
    layer: [
      guide(examples.flatMap(bestRow), { x, color }, { strokeDash: [4, 3] }),
      line(examples.flatMap(fitRows), place),
      points(true),
      points(false),
      // One below the other: on a phone they would touch.
      ...examples.flatMap((seed, i) =>
        names(bestRow(seed), { x, y: { value: 44 + 24 * i }, color }, {
          align: "left",
          dx: 7,
        })
      ),
      ...names(examples.flatMap(droppedRow), place, {
        fontWeight: 400,
        dy: 20,
      }),
    ],
  });
}

const POINT_TOOLTIP = [
  ...tooltip({ series: "optimizer", rateText: "learning rate" }),
  { field: "y", type: "quantitative", title: "y", format: ".3f" },
];

function pointRows(
  { arm, positions, scores, optimum }: ExampleSeed,
  kept: boolean,
) {
  return positions.map((position, i) => ({ position, y: scores[i]! }))
    .filter(({ position }) => (position <= optimum.to) === kept)
    .map(({ position, y }) => ({
      series: armLabel(arm),
      rate: rateAt(position),
      rateText: formatRate(rateAt(position)),
      y: rounded(y),
    }));
}

function fitRows({ arm, optimum: { from, fit } }: ExampleSeed) {
  return Array.from(fit, (y, step) => ({
    series: armLabel(arm),
    rate: rateAt(from + step / STEPS_PER_CELL),
    y: rounded(y),
  }));
}

function bestRow({ arm, optimum }: ExampleSeed) {
  const [series, rate] = [armLabel(arm), rateAt(optimum.position)];
  return [{ series, rate, label: `${series} ${formatRate(rate)}` }];
}

/** In the middle of the points that the cliff rule drops. */
function droppedRow(seed: ExampleSeed) {
  const dropped = pointRows(seed, false);
  const middle = dropped[Math.floor(dropped.length / 2)];
  return middle ? [{ ...middle, label: "dropped" }] : [];
}

function rateAt(position: number): number {
  return rounded(valueAt(position, LEARNING_RATE_CELL));
}

const PAIR_ROW_PX = 22;

/** Each seed's two best learning rates, joined by a line as long as their ratio. */
export function pairedSeeds({ best }: MethodExample): TopLevelSpec {
  const arms = ["adamw", "sing"] as const;
  const values = [best.adamw, best.sing] as const;
  const [first, second] = values;
  const { color, shape } = scales(arms);
  const all = values.flat().map((value) => 10 ** value);
  const [low, high] = [Math.min(...all) / 2, Math.max(...all) * 2] as const;
  const x = rateAxis([low, high], { title: "best learning rate" });
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
    height: PAIR_ROW_PX * first.length + PAIR_ROW_PX,
    layer: [
      bars(joined, { x, x2: { field: "to" }, y }, {
        color: "var(--line)",
        strokeWidth: 2,
      }),
      dots(
        arms.flatMap((arm, side) =>
          values[side]!.map((value, i) => ({
            series: armLabel(arm),
            seed: i + 1,
            rate: rounded(10 ** value),
            rateText: formatRate(10 ** value),
            ratio: formatRatio(10 ** (second[i]! - first[i]!)),
          }))
        ),
        {
          x,
          y,
          color,
          shape,
          tooltip: tooltip({
            seed: "seed",
            series: "optimizer",
            rateText: "best learning rate",
            ratio: "ratio of this seed",
          }),
        },
      ),
      // The arms' names above their first points.
      ...names(
        arms.map((arm, side) => ({
          series: armLabel(arm),
          rate: rounded(10 ** values[side]![0]!),
        })),
        { x, y: { value: 0 }, color, text: { field: "series" } },
        { baseline: "bottom" },
      ),
    ],
  });
}

function scales(arms: readonly string[]) {
  return seriesScales(
    arms.map((arm) => ({ arm, weightDecay: 0, oneOfMany: false })),
  );
}

const STEP_ROW_PX = 64;
const STEP_ROWS = ["each seed", "from the seeds alone", "with the allowance"];

/**
 * From seeds to what is judged: the differences by seed, the interval that they have by themselves,
 * and the wider one, all before the band.
 */
export function intervalSteps(
  { difference, truth }: Pick<MethodExample, "difference" | "truth">,
): TopLevelSpec {
  const band = BETWEEN_3_AND_32_TIMES;
  const bare = estimate(difference.values);
  const { values, interval95, mean } = difference;
  const low = Math.min(...values, band.low, interval95.low) - 0.12;
  const high = Math.max(...values, band.high, interval95.high) + 0.12;
  const title = "ratio of the best learning rates";
  const x = quantity("x", title, rounds(low, high), {
    scale: { zero: false },
    values: RATIO_SCALE.ticks(low, high),
    labelExpr: RATIO_SCALE.labels,
  });
  const middleOf = (row: number) => STEP_ROW_PX * (row + 0.5) + 6;
  const interval = (
    level: string,
    { low, high }: Interval,
    row: number,
  ) =>
    bars(
      [{
        x: rounded(low),
        to: rounded(high),
        level,
        text: formatInterval({ low, high }, RATIO_SCALE),
      }],
      {
        x,
        x2: { field: "to" },
        y: { value: middleOf(row) },
        tooltip: tooltip({ level: "interval", text: "ratio" }),
      },
      { color: "var(--ink)", strokeWidth: level === "95%" ? 2 : 9 },
    );
  return chart({
    height: STEP_ROW_PX * STEP_ROWS.length,
    layer: [
      layer(
        [{ x: band.low, to: band.high }],
        { type: "rect", color: "var(--band)" },
        { x, x2: { field: "to" }, y: { value: 0 }, y2: { value: "height" } },
      ),
      guide(
        [{ x: truth, label: "the truth" }],
        { x, tooltip: tooltip({ label: "line" }) },
        { color: "var(--ink)", strokeDash: [4, 3] },
      ),
      ...[bare, difference].flatMap(({ interval95, interval90 }, i) => [
        interval("95%", interval95, i + 1),
        interval("90%", interval90, i + 1),
      ]),
      seeds(
        values.map((value, i) => ({
          x: rounded(value),
          seed: i + 1,
          text: RATIO_SCALE.format(value),
        })),
        {
          x,
          y: { value: middleOf(0) },
          tooltip: tooltip({ seed: "seed", text: "ratio" }),
        },
        { size: 70, opacity: 0.6, color: "var(--dot)" },
      ),
      means(
        [1, 2].map((row) => ({ x: rounded(mean), y: middleOf(row) })),
        { x, y: pixels() },
        { size: 120, color: "var(--ink)" },
      ),
      // What the shade and the dashed line are, above them.
      note([{ x: band.high, label: "the band" }], { x, y: { value: 12 } }, {
        align: "right",
        dx: -6,
      }),
      note([{ x: truth, label: "the truth" }], { x, y: { value: 12 } }, {
        align: "left",
        dx: 6,
      }),
      ...STEP_ROWS.map((label, row) =>
        note(
          [{ label }],
          { x: { value: 4 }, y: { value: middleOf(row) - 22 } },
          { align: "left" },
        )
      ),
    ],
  });
}

/**
 * The procedure at work on simulated curves, for the page that explains it: the numbers are what the
 * project's own statistics make of them.
 */
import { random } from "../../data/random.ts";
import type { Estimate } from "../../data/statistics/estimate.ts";
import { optimaDifference } from "../../data/statistics/findings.ts";
import {
  locate,
  type Optimum,
  optimum,
} from "../../data/statistics/optimum.ts";
import {
  LEARNING_RATE_CELL,
  type Response,
} from "../../data/statistics/response.ts";
import {
  CURVES,
  drawLevels,
  SimulatedArm,
} from "../../data/statistics/simulation.ts";

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

const seeds = 10;

/** Whole positions around each simulated optimum: the grid of the tune stage. */
const around = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

/** Where the middles of the grids lie, in cells: 1e-3 and 1e-2. The optima lie `phase` below. */
const shifts = { adamw: -12, sing: -8 };
const phase = 0.3;

/** A rounded valley, and a slow fall that ends at a cliff. */
const shapes = { adamw: CURVES[1]!, sing: CURVES[4]! };

/** The same example at each call. */
export function methodExample(): MethodExample {
  const draws = random(1, "example of the method");
  const levels = drawLevels(seeds, draws);
  const arm = (name: "adamw" | "sing"): Response => {
    const setting = { curve: shapes[name], phase, random: draws };
    const response = new SimulatedArm(setting, levels).run(around).response();
    const shift = shifts[name];
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
    truth: (shifts.sing - shifts.adamw) * LEARNING_RATE_CELL,
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

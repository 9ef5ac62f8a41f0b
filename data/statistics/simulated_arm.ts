/** One optimizer's runs on a curve with a known optimum. */
import type { Random } from "../random.ts";
import { learningRateCell } from "./position.ts";
import type { Response } from "./response.ts";
import type { Score } from "./score.ts";
import { brokenY, type SimulatedCurve } from "./simulated_curve.ts";

export interface Setting {
  readonly curve: SimulatedCurve;
  /** The curve's optimum lies this far below position 0, in cells. */
  readonly phase: number;
  readonly random: Random;
}

/** Seed noise in y: of the level, a decade of slope, a run, a rough run. */
const levelNoise = 0.015;
const slopeNoise = 0.02;
const runNoise = 0.02;
const roughNoise = 0.1;

/** Of an untrained network; above all that the curves reach on the grid. */
const y0 = 1.6;

interface Seed {
  readonly level: number;
  readonly slope: number;
  readonly cliff: number;
}

/** What the arms of a comparison share: a level a seed. */
export function drawLevels(n: number, random: Random): number[] {
  return Array.from({ length: n }, () => levelNoise * random.normal());
}

export class SimulatedArm {
  readonly #setting: Setting;
  readonly #seeds: readonly Seed[];
  readonly #runs = new Map<number, Score[]>();

  constructor(setting: Setting, levels: readonly number[]) {
    const { curve, random } = setting;
    this.#setting = setting;
    this.#seeds = levels.map((level) => ({
      level,
      slope: slopeNoise * random.normal(),
      cliff: curve.cliff + curve.cliffSpread * random.normal(),
    }));
  }

  /** Runs all seeds at these positions. */
  run(positions: readonly number[]): this {
    const { curve, phase, random } = this.#setting;
    for (const position of positions) {
      const t = curve.best + (position + phase) * learningRateCell;
      const noise = t > curve.rough ? roughNoise : runNoise;
      const smooth = curve.y(t);
      const scores = this.#seeds.map(({ level, slope, cliff }) => {
        const y = smooth + level + slope * t + noise * random.normal();
        return { y: t > cliff ? brokenY : y, y0, diverged: false };
      });
      this.#runs.set(position, scores);
    }
    return this;
  }

  response(): Response {
    const positions = [...this.#runs.keys()].sort((a, b) => a - b);
    const columns = positions.map((position) => this.#runs.get(position)!);
    return {
      cell: learningRateCell,
      positions,
      seeds: this.#seeds.map((_, seed) => seed),
      scores: this.#seeds.map((_, seed) => columns.map((runs) => runs[seed]!)),
    };
  }
}

import {
  Night,
  type NightArm,
  type NightPlan,
  type NightRow,
  type Question,
} from "../questions.ts";

/** y at a learning rate and weight decay, as decimal logarithms (no decay: minus infinity). */
export type Landscape = (
  rate: number,
  decay: number,
  seed: number,
) => number | "diverged";

export interface Played {
  readonly plan: NightPlan;
  readonly rows: NightRow[];
  readonly night: Night;
}

/** Of an untrained network. */
const UNTRAINED = 1.6;

/** Runs what the questions want on known landscapes, stage by stage, until nothing is wanted. */
export function playNight(
  landscapes: Readonly<Record<string, Landscape>>,
  questions: readonly Question[],
  arms: Readonly<Record<string, NightArm>>,
  most = Infinity,
): Played {
  const plan = { arms, reportSeed: 100_000, questions };
  const rows: NightRow[] = [];
  while (true) {
    const night = new Night(plan, rows);
    const wanted = night.wanted(questions, Object.keys(arms));
    if (wanted.length === 0 || rows.length >= most) {
      return { plan, rows, night };
    }
    for (const run of wanted) {
      const rate = run.learningRate ?? 1;
      const decay = run.weightDecay ?? 0;
      const landscape = landscapes[run.arm]!;
      const y = landscape(Math.log10(rate), Math.log10(decay), run.seed);
      const diverged = y === "diverged";
      const score = { y: diverged ? UNTRAINED : y, y0: UNTRAINED, diverged };
      rows.push({ ...run, learningRate: rate, weightDecay: decay, score });
    }
  }
}

/** Between -1 and 1, the same for the same numbers. */
export function wobble(...numbers: readonly number[]): number {
  const mixed = numbers.reduce((sum, it, i) => sum + (i + 1.7) * it, 0);
  return Math.sin(12.9898 * mixed + 78.233 * Math.cos(mixed));
}

/** A valley of learning rates with its bottom at `best`, and seeds that differ by `noise`. */
export function valley(best: number, noise = 0.01): Landscape {
  return (rate, _, seed) =>
    0.4 * (rate - best) ** 2 + noise * wobble(rate, seed);
}

/** A line of weight decays that costs from 10^top on, and gains so much in a dip at 10^best. */
export function decayLine(top: number, gain: number, best: number): Landscape {
  return (rate, decay, seed) => {
    const noise = 0.004 * wobble(rate, Math.max(decay, -9), seed);
    const base = 0.4 * (rate + 2) ** 2 + noise;
    if (decay === -Infinity) return base;
    const dip = gain * Math.exp(-2 * (decay - best) ** 2);
    return base + Math.max(0, decay - top) * 0.5 - dip;
  };
}

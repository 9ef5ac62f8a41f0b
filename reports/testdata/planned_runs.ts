/** Runs of made-up studies: what a stage of an experiment plans, and how its losses respond. */
import type { PlannedRun } from "./planned_study.ts";

/** Seeds of the blocks, fewer than any profile has. */
export const seeds = {
  scout: [1000],
  tune: [2000, 2001, 2002, 2003, 2004],
} as const;
const report = Array.from({ length: 6 }, (_, i) => 100_000 + i);

const bottom = Math.log(0.4);

/** Decimal logarithms of the best learning rate and weight decay. */
export interface Best {
  readonly rate: number;
  readonly decay?: number;
  /** How much lower or higher the whole curve lies. */
  readonly level?: number;
}

/** Ten times apart in learning rate, and in weight decay. */
export const sing: Best = { rate: -2, decay: -2.5 };
export const adamw: Best = { rate: -3, decay: -1.5, level: 0.05 };

/** Falls slowly, rises faster, and breaks a decade above the best. */
function response(
  learningRate: number,
  weightDecay: number,
  { rate, decay = 0, level = 0 }: Best,
): number {
  const x = Math.log10(learningRate) - rate;
  if (x > 0.9) return 9;
  const z = weightDecay > 0 ? Math.log10(weightDecay) - decay : 1.5;
  const curve = (x < 0 ? 0.3 : 0.5) * x ** 2;
  return bottom + level + curve + 0.05 * Math.min(z ** 2, 2) +
    0.05 * Math.max(0, x + z) ** 2;
}

type Part = Omit<PlannedRun, "learningRate" | "weightDecay" | "seed" | "y">;

/** Every rate, decay and seed of a part. */
export function grid(
  part: Part,
  best: Best,
  { rates, decays = [0], seeds }: {
    readonly rates: readonly number[];
    readonly decays?: readonly number[];
    readonly seeds: readonly number[];
  },
): PlannedRun[] {
  return rates.flatMap((learningRate) =>
    decays.flatMap((weightDecay) =>
      seeds.map((seed) => ({
        ...part,
        learningRate,
        weightDecay,
        seed,
        y: response(learningRate, weightDecay, best),
      }))
    )
  );
}

/** The scout in half decades, and the nine points around the best. */
export function tuning(arm: string, best: Best): PlannedRun[] {
  const centre = Math.round(4 * best.rate);
  const around = (reach: number, step: number) =>
    Array.from(
      { length: 2 * reach + 1 },
      (_, i) => power((centre + step * (i - reach)) / 4),
    );
  return [
    ...grid({ stage: "scout", arm }, best, {
      rates: around(3, 2),
      seeds: seeds.scout,
    }),
    ...grid({ stage: "tune", arm }, best, {
      rates: around(4, 1),
      seeds: seeds.tune,
    }),
  ];
}

/** Weight decay 0 and nine more, each at the five learning rates around the best. */
export function decayTuning(arm: string, best: Best): PlannedRun[] {
  const [rate, decay] = [
    Math.round(4 * best.rate),
    Math.round(2 * best.decay!),
  ];
  const decays = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((i) =>
    power((decay + i) / 2)
  );
  const rates = [-2, -1, 0, 1, 2].map((i) => power((rate + i) / 4));
  return grid({ stage: "decay tune", arm }, best, {
    rates,
    decays: [0, ...decays],
    seeds: seeds.tune,
  });
}

/** One place with fresh seeds. */
export function at(
  arm: string,
  place: { readonly rate: number; readonly decay?: number },
  { best = sing, stage = "report", ...rest }: Partial<Part> & {
    readonly best?: Best;
  } = {},
): PlannedRun[] {
  const { rate, decay } = place;
  return grid({ ...rest, stage, arm }, best, {
    rates: [power(rate)],
    decays: [decay === undefined ? 0 : power(decay)],
    seeds: report,
  });
}

/** A power of ten as a configuration holds it. */
export function power(exponent: number): number {
  return Number((10 ** exponent).toPrecision(12));
}

/**
 * Planned looks: seeds come in blocks, and after each block every open question is looked at once.
 * Each look's intervals are widened so that the chance that normal data ever cross a bound, at any
 * of the five looks, is that of one look at a fixed number of seeds.
 */
import {
  around,
  type Estimate,
  estimate,
  type Look,
  type LookKind,
} from "./estimate.ts";
import { studentQuantile } from "./textbook.ts";

/** Of the one-sided level that each look spends. */
export const LOOK_WEIGHTS = [0.30, 0.45, 0.60, 0.75, 1] as const;

/** Looks at most; from the second to the last but one a question may be out of reach. */
export const LAST_LOOK = LOOK_WEIGHTS.length;

/** Levels of one side before they are weighted. */
export interface LookLevels {
  /** "90%" interval, which decides SUPPORTED. */
  readonly supported: number;
  /** "95%" interval, which decides REFUTED. */
  readonly refuted: number;
  /** "99%" interval of the control. */
  readonly control: number;
}

interface LookTable {
  /** Seeds at each look. */
  readonly seeds: readonly number[];
  readonly levels: LookLevels;
  /** Half widths, in sds, that the last look's intervals would have. */
  readonly lastHalf: { readonly supported: number; readonly refuted: number };
  /** One-sided p over a look's weight -> the p-value it stands for; linear between the points. */
  readonly pValues: readonly (readonly [ratio: number, p: number])[];
}

/** Seeds in all at each look: the levels below hold for these and no others. */
export const LOOK_SEEDS = {
  tune: [4, 6, 8, 10, 14],
  report: [8, 12, 16, 20, 28],
} as const;

export const LOOKS: Readonly<Record<LookKind, LookTable>> = {
  tune: {
    seeds: LOOK_SEEDS.tune,
    levels: { supported: 0.0250, refuted: 0.0116, control: 0.0019 },
    lastHalf: { supported: 0.577, refuted: 0.687 },
    pValues: [
      [0, 0],
      [0.0019, 0.005],
      [0.0054, 0.0125],
      [0.0116, 0.025],
      [0.0250, 0.05],
      [0.5, 1],
    ],
  },
  report: {
    seeds: LOOK_SEEDS.report,
    levels: { supported: 0.0270, refuted: 0.0125, control: 0.0022 },
    lastHalf: { supported: 0.380, refuted: 0.448 },
    pValues: [
      [0, 0],
      [0.0022, 0.005],
      [0.0061, 0.0125],
      [0.0125, 0.025],
      [0.0270, 0.05],
      [0.5, 1],
    ],
  },
};

/**
 * Student's t of an interval at a look: the level c w, and one degree of freedom less than seeds.
 *
 * @param n How many seeds there are, where some of the look's are left out.
 */
export function lookQuantile(
  { kind, number }: Look,
  interval: keyof LookLevels,
  n = LOOKS[kind].seeds[number - 1]!,
): number {
  const level = LOOKS[kind].levels[interval] * LOOK_WEIGHTS[number - 1]!;
  return studentQuantile(1 - level, n - 1);
}

/**
 * Mean of one value a seed with the intervals of a look. `floor` is the least sd that is believed:
 * a quarter of a cell for a place, 0 for a difference of y.
 */
export function estimateAt(
  look: Look,
  values: readonly number[],
  { allowance, floor }: { allowance: number; floor: number },
): Estimate {
  const once = estimate(values, allowance);
  const { n, mean } = once;
  const sd = Math.max(once.sd, floor);
  const within = (interval: keyof LookLevels) =>
    around(
      mean,
      lookQuantile(look, interval, n) * sd / Math.sqrt(n) + allowance,
    );
  return {
    ...once,
    sd,
    interval90: within("supported"),
    interval95: within("refuted"),
    interval99: within("control"),
    look,
  };
}

/** The p-value that a one-sided p of this look stands for, over all five. */
export function lookPValue({ kind, number }: Look, p: number): number {
  const ratio = p / LOOK_WEIGHTS[number - 1]!;
  const points = LOOKS[kind].pValues;
  const above = points.findIndex(([at]) => at >= ratio);
  if (above < 0) return 1;
  const [x1, y1] = points[above]!;
  if (above === 0) return y1;
  const [x0, y0] = points[above - 1]!;
  return y0 + (y1 - y0) * (ratio - x0) / (x1 - x0);
}

/**
 * Slow drift: changes too small for any one comparison to see, over the last points of a history.
 * A point holds, for each bench, the time relative to one pinned revision that was timed in the same
 * job, so that a change of machine drops out. Of two tests, one sees a slope and one a step.
 */
import {
  mean,
  standardDeviation,
  studentQuantile,
} from "../statistics/textbook.ts";
import {
  FALSE_ALARMS,
  type Line,
  lineState,
  pValue,
  shares,
  surely,
} from "./line.ts";

/** One line of a history file. */
export interface HistoryPoint {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly commit: string;
  /** What the values are relative to. */
  readonly baseline: string;
  /** By bench: time of the commit over that of the baseline. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** Points that are looked at: the last ones. */
export const DRIFT_POINTS = 20;

/** A change that counts. */
const DRIFT_MARGIN = 0.02;

/** Chance that one of just that size is called SAME: a drift is looked for again and again. */
const FALSE_SAME_DRIFT = 0.01;

/** Fewer points on a side of a step say nothing. */
const LEAST_SIDE = 4;

/** A step is one if a slope leaves so many times its squares. */
const CLEARLY = 1.35;

/** A line for each bench of the history's last points. */
export function driftLines(
  history: readonly HistoryPoint[],
  margin: number = DRIFT_MARGIN,
): Line[] {
  const last = history.slice(-DRIFT_POINTS);
  const baseline = last.at(-1)?.baseline;
  const points = last.filter((point) => point.baseline === baseline);
  const names = [
    ...new Set(points.flatMap(({ ratios }) => Object.keys(ratios))),
  ]
    .sort();
  const changes = names.map((name) =>
    changeOf(points.flatMap(({ ratios }) => ratios[name] ?? []).map(Math.log))
  );
  const sure = surely(
    FALSE_ALARMS.drift,
    (sign) => changes.map((change) => change?.p(sign) ?? 1),
  );
  return names.map((name, i) => {
    const change = changes[i];
    const n = points.filter(({ ratios }) => name in ratios).length;
    const base = {
      kind: "drift",
      name: `${name}, drift`,
      margin,
      n,
      floor: null,
    } as const;
    if (!change) {
      return {
        ...base,
        ...{ state: "CANNOT JUDGE", change: null, low: null, high: null },
        note: `A drift needs ${2 * LEAST_SIDE} points relative to ${baseline}.`,
      };
    }
    const { size, half, how } = change;
    const measured = { mean: size, half, margin: Math.log1p(margin) };
    const state = lineState({ ...measured, ...sure[i]! });
    return {
      ...base,
      state,
      ...shares(size, half),
      note: state === "CANNOT JUDGE"
        ? "The history scatters too much. It would do: more blocks a point."
        : how,
    };
  });
}

interface ValueChange {
  /** Over all points, in logarithms. */
  readonly size: number;
  readonly half: number;
  readonly how: string;
  /** One-sided, for all that was tried. */
  p(sign: 1 | -1): number;
}

/** What fits better: a slope, or the best of all steps if clearly; all tries are paid for. */
function changeOf(values: readonly number[]): ValueChange | null {
  const n = values.length;
  if (n < 2 * LEAST_SIDE) return null;
  const splits = Array.from(
    { length: n - 2 * LEAST_SIDE + 1 },
    (_, i) => stepAt(values, i + LEAST_SIDE),
  );
  const slope = slopeOf(values);
  const tried = [slope, ...splits];
  const step = splits.reduce((a, b) => b.rest < a.rest ? b : a);
  // The best of many places fits a slope well, too.
  const best = step.rest * CLEARLY < slope.rest ? step : slope;
  const t = studentQuantile(1 - FALSE_SAME_DRIFT, n - 2);
  const reach = [slope, step].map(({ size, error }) =>
    Math.sign(best.size) * size + t * error
  );
  return {
    size: best.size,
    // Which of the two it was is not sure: the interval allows for both.
    half: Math.max(...reach) - Math.abs(best.size),
    how: best.how,
    p: (sign) => {
      const least = Math.min(
        ...tried.map(({ size, error }) => pValue(sign * size, error, n - 2)),
      );
      return Math.min(1, tried.length * least);
    },
  };
}

interface Tried {
  /** Squares that it leaves. */
  readonly rest: number;
  readonly size: number;
  readonly error: number;
  readonly how: string;
}

/** Least squares, as the change from the first point to the last. */
function slopeOf(values: readonly number[]): Tried {
  const n = values.length;
  const [middle, level] = [(n - 1) / 2, mean(values)];
  const square = n * (n * n - 1) / 12;
  const slope = values.reduce(
    (sum, value, i) => sum + (i - middle) * (value - level),
    0,
  ) / square;
  const rest = values.reduce(
    (sum, value, i) => sum + (value - level - slope * (i - middle)) ** 2,
    0,
  );
  const error = Math.sqrt(rest / (n - 2) / square);
  return {
    rest,
    size: slope * (n - 1),
    error: error * (n - 1),
    how: `A slope over ${n} points.`,
  };
}

/** From the points before to those from `at` on. */
function stepAt(values: readonly number[], at: number): Tried {
  const [before, after] = [values.slice(0, at), values.slice(at)];
  const [m, k] = [before.length, after.length];
  const rest = (m - 1) * standardDeviation(before) ** 2 +
    (k - 1) * standardDeviation(after) ** 2;
  return {
    rest,
    size: mean(after) - mean(before),
    error: Math.sqrt(rest / (m + k - 2) * (1 / m + 1 / k)),
    how: `A step ${k} points ago.`,
  };
}

/** What a comparison says, line by line, and what all lines together say. */
import {
  holm,
  standardDeviation,
  studentTail,
} from "../statistics/textbook.ts";

/** Whether the candidate is better or worse than the baseline, as far as it can be known. */
export type LineState = "BETTER" | "SAME" | "WORSE" | "CANNOT JUDGE";

/** One thing that is compared. Changes are shares: 0.03 is 3% more time, or loss. */
export interface Line {
  readonly kind: "learning" | "timing" | "drift";
  readonly name: string;
  readonly state: LineState;
  /** Null where nothing could be measured. */
  readonly change: number | null;
  /** Interval of the change; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** A change of this size counts. */
  readonly margin: number;
  /** Pairs of seeds, blocks of a timing, points of a history. */
  readonly n: number;
  /** What the machine let be seen, from comparing the baseline with itself; null where it was not. */
  readonly floor: number | null;
  /** A sentence or more for people; empty where the numbers say all. */
  readonly note: string;
}

/** A run, bench or file that has no partner on the other side, and why. */
export interface Unpaired {
  readonly side: "baseline" | "candidate";
  readonly name: string;
  readonly why: string;
}

/**
 * Chance of any false red line in a comparison without a change, by what is compared; 1% in all.
 * Half of what learning has goes to single configurations, half to all of a network together.
 */
export const FALSE_ALARMS = {
  timing: 0.004,
  learning: 0.004,
  drift: 0.002,
} as const;

/** What is remarked of runs that differ in nothing. */
export const IDENTICAL = "Identical bit for bit.";

/** Chance that a change of the margin's size is called SAME, on normal data: real tails are wilder. */
export const FALSE_SAME = 0.02;

/** What `deno task compare --json FILE` writes: see comparison.schema.json. */
export interface RevisionComparison {
  readonly kind: "comparison";
  /** Version of this schema. */
  readonly schema: 1;
  readonly baseline: string;
  readonly candidate: string;
  /** All in a line: the worst state first. */
  readonly verdict: string;
  /** 0; 1 for a regression; 2 where something cannot be compared. */
  readonly exitCode: 0 | 1 | 2;
  /** Red lines to be expected, at most, had nothing changed. */
  readonly expectedFalseAlarms: number;
  /** Worst first. */
  readonly lines: readonly Line[];
  readonly unpaired: readonly Unpaired[];
  readonly notes: readonly string[];
}

/** What a comparison is made of. */
export interface Parts {
  readonly baseline: string;
  readonly candidate: string;
  readonly lines: readonly Line[];
  readonly unpaired?: readonly Unpaired[];
  readonly notes?: readonly string[];
  /** Whether what has no partner is left out in peace. */
  readonly partial?: boolean;
}

const WORST_FIRST: readonly LineState[] = [
  "WORSE",
  "CANNOT JUDGE",
  "BETTER",
  "SAME",
];

/** Orders the lines, and says in one what they say. */
export function comparisonOf(parts: Parts): RevisionComparison {
  const { unpaired = [], notes = [], partial = false } = parts;
  const lines = parts.lines.toSorted((a, b) =>
    WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) ||
    (b.change ?? 0) - (a.change ?? 0)
  );
  const worse = lines.some(({ state }) => state === "WORSE");
  const lacking = unpaired.length > 0 && !partial || lines.length === 0;
  return {
    kind: "comparison",
    schema: 1,
    baseline: parts.baseline,
    candidate: parts.candidate,
    verdict: verdictOf(lines, unpaired.length),
    exitCode: worse ? 1 : lacking ? 2 : 0,
    expectedFalseAlarms: expectedFalseAlarms(lines),
    lines,
    unpaired,
    notes,
  };
}

/** The families that are in it, each with its chance of any false red line. */
function expectedFalseAlarms(lines: readonly Line[]): number {
  const kinds = new Set(lines.map(({ kind }) => kind));
  return Number(
    [...kinds].reduce((sum, kind) => sum + FALSE_ALARMS[kind], 0).toFixed(6),
  );
}

function verdictOf(lines: readonly Line[], unpaired: number): string {
  const count = (state: LineState) =>
    lines.filter((line) => line.state === state).length;
  const [first] = lines;
  const worst = first === undefined ? "CANNOT COMPARE" : first.state;
  const rest = WORST_FIRST.filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`).join(", ");
  const alone = unpaired > 0 ? `; ${unpaired} without a partner` : "";
  const lead = first && worst === "WORSE" && first.change !== null
    ? `; worst: ${percent(first.change)} ${first.name.slice(0, 80)}`
    : "";
  return `${worst}: ${rest || "nothing has a partner"}${alone}${lead}`;
}

/** Beyond this a share only says that nothing is known. */
const MOST_SHOWN = 10;

/** A share as a change: `+3.1%`. */
export function percent(share: number): string {
  if (share > MOST_SHOWN) return `over +${100 * MOST_SHOWN}%`;
  const value = (100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0);
  return `${share >= 0 && !value.startsWith("-") ? "+" : ""}${value}%`;
}

/** The size of a share, without its sign: `3%`. */
export function size(share: number): string {
  if (Math.abs(share) > MOST_SHOWN) return `over ${100 * MOST_SHOWN}%`;
  return `${Number((100 * Math.abs(share)).toPrecision(2))}%`;
}

/** A change with its interval, as shares, from their logarithms: null for what is not known. */
export function shares(
  mean: number,
  half: number,
): Pick<Line, "change" | "low" | "high"> {
  const [low, high] = Number.isFinite(half)
    ? [mean - half, mean + half]
    : [NaN, NaN];
  return { change: share(mean), low: share(low), high: share(high) };
}

/** The share that a logarithm stands for; null where it is none. */
export function share(logarithm: number): number | null {
  const value = Math.expm1(logarithm);
  return Number.isFinite(value) ? value : null;
}

/** What decides a state. All on the scale of logarithms, in which changes add up. */
export interface Measured {
  readonly mean: number;
  /** Half of the interval that is shown, and that must lie within the margin for SAME. */
  readonly half: number;
  /** A change of this size counts. */
  readonly margin: number;
  /** Whether it is surely more, or less, than none: over the whole family. */
  readonly more: boolean;
  readonly less: boolean;
}

/** Of the mean of values. */
export function standardError(values: readonly number[]): number {
  return standardDeviation(values) / Math.sqrt(values.length);
}

/** One-sided, of a value with this standard error; 1 without degrees of freedom. */
export function pValue(value: number, error: number, degrees: number): number {
  if (degrees < 1) return 1;
  // 0 over 0 is no change, surely.
  return studentTail(value === 0 ? 0 : value / error, degrees);
}

/** Which of a family are surely more, or less, than none, the chance held over all of them (Holm). */
export function surely(
  level: number,
  pValues: (sign: 1 | -1) => readonly number[],
): Pick<Measured, "more" | "less">[] {
  const [more, less] = ([1, -1] as const).map((sign) =>
    holm(pValues(sign)).map((p) => p <= level)
  );
  return more!.map((it, i) => ({ more: it, less: less![i]! }));
}

/** A change of just the margin is not to be missed by a last digit. */
const ROUNDING = 1e-9;

/**
 * A verdict needs significance and size: WORSE is a change that is surely there, measured as at
 * least half the margin, and of which the interval does not exclude the whole of it. So a change of
 * just the margin is found; one that is surely there and surely smaller is SAME.
 */
export function lineState(
  { mean, half, margin, more, less }: Measured,
): LineState {
  const needed = margin * (1 - ROUNDING);
  if (more && mean >= margin / 2 && mean + half >= needed) return "WORSE";
  if (less && mean <= -margin / 2 && mean - half <= -needed) return "BETTER";
  if (mean - half > -margin && mean + half < margin) return "SAME";
  return "CANNOT JUDGE";
}

/** What the numbers of verdicts are written and drawn in. */
import type { Claim } from "../../data/verdicts/claims.ts";
import type { VerdictPart } from "../../data/verdicts/register.ts";
import { formatDecimal, formatRate, formatRatio } from "../numbers.ts";

export interface VerdictScale {
  /** A number for people: `8.1×`, `8.1× lower`, `1.8e-2`, `+1.2%`. */
  format(value: number): string;
  /** Marks of an axis over this range; few enough for a small picture. */
  ticks(low: number, high: number): number[];
  /** The label of a tick, shorter than {@link format}. */
  mark(value: number): string;
  /** The same as Vega's expression. */
  readonly labels: string;
  /** No picture reaches further than this from the middle of the band. */
  readonly reach: number;
  /** Room on both sides of all that is drawn. */
  readonly margin: number;
  /** A value that every picture shows, for a hold: no difference. Null where there is none. */
  readonly origin: number | null;
}

/** Decades between two values, written as their ratio. */
export const RATIO_SCALE: VerdictScale = {
  format: (decades) => formatRatio(10 ** decades),
  ticks: decadeTicks,
  mark: (decades) =>
    decades < -0.01
      ? `1/${(10 ** -decades).toFixed(0)}`
      : `${(10 ** decades).toFixed(0)}×`,
  labels:
    "datum.value < -0.01 ? '1/' + format(pow(10, -datum.value), '.0f') : format(pow(10, datum.value), '.0f') + '×'",
  reach: 2.5,
  margin: 0.15,
  origin: 0,
};

/** The same where the claim is that the first value is lower. */
export const LOWER_SCALE: VerdictScale = {
  ...RATIO_SCALE,
  format(decades) {
    const times = formatRatio(10 ** Math.abs(decades));
    return times === "1.0×"
      ? times
      : `${times} ${decades < 0 ? "lower" : "higher"}`;
  },
};

/** The decimal logarithm of a learning rate or weight decay, written as the value. */
export const VALUE_SCALE: VerdictScale = {
  format: (decades) => formatRate(10 ** decades),
  ticks: (low, high) => rateTicks(10 ** low, 10 ** high).map(Math.log10),
  mark: (decades) => (10 ** decades).toExponential(0).replace("+", ""),
  labels: "replace(format(pow(10, datum.value), '.0~e'), '+', '')",
  reach: 2.5,
  margin: 0.15,
  origin: null,
};

/** A difference of logarithms of loss, written as a change of the loss. */
export const LOSS_SCALE: VerdictScale = {
  format: formatChange,
  ticks: changeTicks,
  mark: (difference) =>
    Math.abs(difference) > 6.9
      ? `1e${(difference / Math.LN10).toFixed(0)}×`
      : changeMark(100 * Math.expm1(difference)),
  labels:
    "datum.value == 0 ? '0' : abs(datum.value) > 6.9 ? '1e' + format(datum.value / LN10, '.0f') + '×' : replace(format(100 * (exp(datum.value) - 1), '+.2~f'), '-', '−') + '%'",
  reach: 0.7,
  margin: 0.004,
  origin: 0,
};

/** A slope: 1 where measured grows as predicted. */
const SLOPE_SCALE: VerdictScale = {
  format: (slope) => formatDecimal(slope, 2),
  ticks: () => [0, 1, 2],
  mark: (slope) => slope.toFixed(0),
  labels: "format(datum.value, '.0f')",
  reach: 2,
  margin: 0.1,
  origin: 0,
};

/** The scale of one part of a claim. */
export function partScale(
  { parts: [{ kind }], value }: Pick<Claim, "parts" | "value">,
  { unit }: Pick<VerdictPart, "unit">,
): VerdictScale {
  if (unit === "y") return LOSS_SCALE;
  if (unit === "slope") return SLOPE_SCALE;
  // Where a best value lies, or how far from another.
  if (kind.endsWith("in range")) return VALUE_SCALE;
  return value !== null && value < 0 ? LOWER_SCALE : RATIO_SCALE;
}

function changeMark(percent: number): string {
  const size = Number(Math.abs(percent).toPrecision(2));
  return size === 0 ? "0" : `${percent < 0 ? "−" : "+"}${size}%`;
}

function formatChange(difference: number): string {
  const percent = 100 * Math.expm1(difference);
  const size = Math.abs(percent);
  const digits = size.toFixed(size < 0.995 ? 2 : size < 99.5 ? 1 : 0);
  if (Number(digits) === 0) return "0%";
  return `${percent < 0 ? "−" : "+"}${digits}%`;
}

/** An axis carries no more marks than this, however far apart its ends are. */
export const MOST_MARKS = 6;

/** Rates go by ones and threes while there are so many, and by decades beyond. */
const MOST_RATE_MARKS = 8;

/** Multiples of `step` in [low, high]; of twice, three times... the step where there are too many. */
function multiples(low: number, high: number, step: number): number[] {
  const count = Math.floor(high / step) - Math.ceil(low / step) + 1;
  if (!(count > 0 && Number.isFinite(count))) return []; // a span that no number holds has no marks
  const used = step * Math.ceil(count / MOST_MARKS);
  const first = Math.ceil(low / used);
  return Array.from(
    { length: Math.floor(high / used) - first + 1 },
    (_, i) => (first + i) * used,
  );
}

/** Every half decade, or whole ones where halves would crowd. */
function decadeTicks(low: number, high: number): number[] {
  return multiples(low, high, high - low > 3.2 ? 1 : 0.5);
}

const CHANGES_PERCENT = [0.5, 1, 2, 5, 10, 20, 50];

/** Changes of the loss: by round percentages, by round ratios where those would crowd, by decades. */
function changeTicks(low: number, high: number): number[] {
  const span = high - low;
  const most = Math.max(Math.abs(low), Math.abs(high));
  if (span > 20 || most > 600) {
    return multiples(low / Math.LN10, high / Math.LN10, 1)
      .map((decades) => decades * Math.LN10);
  }
  if (span > 1.6 || most > 3) {
    return logTicks(Math.exp(low), Math.exp(high)).map(Math.log);
  }
  const [from, to] = [100 * Math.expm1(low), 100 * Math.expm1(high)];
  const step =
    CHANGES_PERCENT.find((step) => (to - from) / step <= MOST_MARKS - 0.5) ??
      100;
  return multiples(from, to, step).map((percent) => Math.log1p(percent / 100));
}

/** From coarse to fine: which leading digits get a mark in each decade. */
const LADDERS: readonly (readonly number[])[] = [
  [1],
  [1, 3],
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
];

/**
 * Round numbers in [low, high] for a logarithmic axis: at least `wanted` of them where the ladders
 * reach so far, and at most {@link MOST_MARKS}.
 *
 * @throws RangeError unless 0 < low <= high, both finite.
 */
export function logTicks(low: number, high: number, wanted = 4): number[] {
  if (!(low > 0 && high >= low && Number.isFinite(high))) {
    throw new RangeError(
      `Cannot place ticks as a logarithmic axis needs 0 < low <= high: current value is ${low} to ${high}`,
    );
  }
  const decades = decadeMarks(low, high);
  if (decades.length >= wanted) return decades;
  const tries = LADDERS.map((digits) => ticksOf(digits, low, high));
  const fitting = tries.find(({ length }) =>
    length >= wanted && length <= MOST_MARKS
  );
  return fitting ??
    (decades.length > 1 ? decades : evenTicks(low, high, wanted));
}

/** Ticks of a learning rate axis: 1e-3, 3e-3, 1e-2 and so on. */
export function rateTicks(low: number, high: number): number[] {
  const decades = Math.log10(high) - Math.log10(low);
  const marks = decades > MOST_RATE_MARKS ? [] : ticksOf([1, 3], low, high);
  return marks.length > 0 && marks.length <= MOST_RATE_MARKS
    ? marks
    : decadeMarks(low, high);
}

/** Powers of ten, or every second, third... one. */
function decadeMarks(low: number, high: number): number[] {
  const tenth = 1e-9; // of a decade, that a rounded logarithm loses no mark at an end
  return multiples(Math.log10(low) - tenth, Math.log10(high) + tenth, 1)
    // Number of the text: 10 ** -3 may be off by a bit
    .map((decade) => Number(`1e${decade}`));
}

function ticksOf(
  digits: readonly number[],
  low: number,
  high: number,
): number[] {
  const first = Math.floor(Math.log10(low));
  const count = Math.floor(Math.log10(high)) - first + 1;
  return Array.from({ length: count }, (_, i) => first + i)
    // Number of the text: 3 * 10 ** -3 is 0.0030000000000000005
    .flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)))
    .filter((tick) => tick >= low && tick <= high);
}

/** Within a fraction of an octave a logarithmic axis is nearly linear: even steps of 1, 2 or 5. */
function evenTicks(low: number, high: number, wanted: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / wanted;
  const decade = Math.floor(Math.log10(rough));
  const digit = [5, 2, 1].find((digit) => digit * 10 ** decade <= rough) ?? 1;
  return multiples(low, high, digit * 10 ** decade)
    .map((tick) => Number(tick.toPrecision(12)));
}

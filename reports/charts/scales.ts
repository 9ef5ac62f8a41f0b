/** What the numbers of verdicts are written and drawn in. */
import type { ClaimId } from "../../data/verdicts/claims.ts";
import type { VerdictPart } from "../../data/verdicts/register.ts";
import { formatRate, formatRatio } from "../numbers.ts";

export interface VerdictScale {
  /** A number for people: `8.1×`, `8.1× lower`, `1.8e-2`, `+1.2%`. */
  format(value: number): string;
  /** Marks of an axis over this range; few enough for a small picture. */
  ticks(low: number, high: number): number[];
  /** Vega's expression for the label of a tick. */
  readonly labels: string;
  /** No picture reaches further than this from the middle of the band. */
  readonly reach: number;
  /** Room on both sides of all that is drawn. */
  readonly margin: number;
  /** A value that every picture shows, for a hold: no difference. Null where there is none. */
  readonly origin: number | null;
}

/** Decades between two values, written as their ratio. */
export const ratioScale: VerdictScale = {
  format: (decades) => formatRatio(10 ** decades),
  ticks: decadeTicks,
  labels:
    "datum.value < -0.01 ? '1/' + format(pow(10, -datum.value), '.0f') : format(pow(10, datum.value), '.0f') + '×'",
  reach: 2.5,
  margin: 0.15,
  origin: 0,
};

/** The same where the claim is that the first value is lower. */
export const lowerScale: VerdictScale = {
  ...ratioScale,
  format(decades) {
    const times = formatRatio(10 ** Math.abs(decades));
    return times === "1.0×"
      ? times
      : `${times} ${decades < 0 ? "lower" : "higher"}`;
  },
};

/** The decimal logarithm of a learning rate or weight decay, written as the value. */
export const valueScale: VerdictScale = {
  format: (decades) => formatRate(10 ** decades),
  ticks: (low, high) => rateTicks(10 ** low, 10 ** high).map(Math.log10),
  labels: "replace(format(pow(10, datum.value), '.0~e'), '+', '')",
  reach: 2.5,
  margin: 0.15,
  origin: null,
};

/** A difference of logarithms of loss, written as a change of the loss. */
export const lossScale: VerdictScale = {
  format: formatChange,
  ticks: changeTicks,
  labels:
    "datum.value == 0 ? '0' : replace(format(100 * (exp(datum.value) - 1), '+.2~f'), '-', '−') + '%'",
  reach: 0.7,
  margin: 0.004,
  origin: 0,
};

/** The scale of one part of a claim. */
export function scaleOf(
  claim: ClaimId,
  { unit }: Pick<VerdictPart, "unit">,
): VerdictScale {
  if (unit === "y") return lossScale;
  // H4 asks where SING's best value lies, the others how far it lies from another.
  if (claim === "H4") return valueScale;
  return claim === "H2" ? lowerScale : ratioScale;
}

function formatChange(difference: number): string {
  const percent = 100 * Math.expm1(difference);
  const size = Math.abs(percent);
  const digits = size.toFixed(size < 0.995 ? 2 : size < 99.5 ? 1 : 0);
  if (Number(digits) === 0) return "0%";
  return `${percent < 0 ? "−" : "+"}${digits}%`;
}

/** Every half decade, or whole ones where halves would crowd. */
function decadeTicks(low: number, high: number): number[] {
  const step = high - low > 3.2 ? 1 : 0.5;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

const changes = [0.5, 1, 2, 5, 10, 20, 50];

/** Changes of the loss by round percentages, 0 among them, six at most. */
function changeTicks(low: number, high: number): number[] {
  const [from, to] = [100 * Math.expm1(low), 100 * Math.expm1(high)];
  const step = changes.find((step) => (to - from) / step <= 5.5) ?? 100;
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from(
    { length: count },
    (_, i) => Math.log1p((first + i) * step / 100),
  );
}

/** Ticks that read as round numbers on a logarithmic axis of any span. */

/** From coarse to fine: which leading digits get a tick in each decade. */
const ladders: readonly (readonly number[])[] = [
  [1],
  [1, 3],
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
];

/**
 * Round numbers in [low, high], at least `wanted` of them where the ladders reach so far.
 *
 * @throws RangeError unless 0 < low <= high, both finite.
 */
export function logTicks(low: number, high: number, wanted = 4): number[] {
  if (!(low > 0 && high >= low && Number.isFinite(high))) {
    throw new RangeError(
      `Cannot place ticks as a logarithmic axis needs 0 < low <= high: current value is ${low} to ${high}`,
    );
  }
  const tries = ladders.map((digits) => ticksOf(digits, low, high));
  return tries.find((ticks) => ticks.length >= wanted) ??
    evenTicks(low, high, wanted);
}

/** Ticks of a learning rate axis: 1e-3, 3e-3, 1e-2 and so on. */
export function rateTicks(low: number, high: number): number[] {
  return ticksOf([1, 3], low, high);
}

function ticksOf(
  digits: readonly number[],
  low: number,
  high: number,
): number[] {
  const ticks: number[] = [];
  for (
    let decade = Math.floor(Math.log10(low));
    decade <= Math.log10(high);
    decade++
  ) {
    // Number of the text: 3 * 10 ** -3 is 0.0030000000000000005
    ticks.push(...digits.map((digit) => Number(`${digit}e${decade}`)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Within a fraction of an octave a logarithmic axis is nearly linear: even steps of 1, 2 or 5. */
function evenTicks(low: number, high: number, wanted: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / wanted;
  const decade = Math.floor(Math.log10(rough));
  const digit = [5, 2, 1].find((digit) => digit * 10 ** decade <= rough) ?? 1;
  const step = digit * 10 ** decade;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from(
    { length: count },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
}

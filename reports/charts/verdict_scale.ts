/** What the numbers of verdicts are written and drawn in. */
import type { ClaimId } from "../../data/statistics/claims.ts";
import type { VerdictPart } from "../../data/verdicts/register.ts";
import { formatRate, formatRatio } from "../numbers.ts";
import { rateTicks } from "./ticks.ts";

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

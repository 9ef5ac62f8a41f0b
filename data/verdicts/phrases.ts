/** A verdict's numbers in plain words, for a line of text. All are ASCII. */
import type { ClaimId } from "../statistics/claims.ts";
import type { Interval } from "../statistics/estimate.ts";
import type { Finding } from "../statistics/finding.ts";
import type { Judgement } from "../statistics/verdict.ts";
import type { VerdictPart } from "./register.ts";

/** How a number is written: what it is called, and its value with a unit. */
export interface Scale {
  readonly noun: string;
  readonly write: (value: number) => string;
}

/** A difference in decades as a factor. */
export const ratio: Scale = { noun: "ratio", write: times };

/** A difference of y as a share of the loss. */
export const loss: Scale = { noun: "loss", write: percent };
const edge: Scale = { noun: "edge", write: times };
const place: Scale = { noun: "", write: value };

/** How a part of this claim is written. */
export function scaleOf(claim: ClaimId, { unit }: VerdictPart): Scale {
  if (unit === "y") return loss;
  if (claim === "H3") return edge;
  return claim === "H4" ? place : ratio;
}

/** `ratio 3.2x, 90% interval 2.4x to 4.3x`; no more than the runs say. */
export function findingPhrase(
  finding: Finding,
  { noun, write }: Scale,
): string {
  switch (finding.kind) {
    case "estimate": {
      const { mean, interval90 } = finding.estimate;
      const known = Number.isFinite(interval90.high - interval90.low);
      const { low, high } = interval90;
      return `${noun} ${write(mean)}`.trim() +
        (known ? `, 90% interval ${write(low)} to ${write(high)}` : "");
    }
    case "range":
      return `${noun} ${rangePhrase(finding.range, write)}`.trim();
    case "invalid":
      return finding.because === "flat"
        ? "no best value within the noise"
        : "no run of an arm trained";
    case "missing":
      return "";
  }
}

/** `n 5, needs 14`: what the verdict rests on, and what would decide it. */
export function seedsPhrase(
  { state, n, seedsNeeded, reason }: Judgement,
): string {
  if (reason !== undefined) return n > 0 ? `n ${n}, ${reason}` : reason;
  if (state !== "INCONCLUSIVE") return n > 0 ? `n ${n}` : "";
  if (seedsNeeded === null) return `n ${n}, and none under 100 would do`;
  // Counted for a value at the band's centre: this one is not there.
  if (seedsNeeded <= n) {
    return `n ${n}, too near the band's end (${seedsNeeded} would do at its centre)`;
  }
  return `n ${n}, needs ${seedsNeeded}`;
}

function rangePhrase({ low, high }: Interval, write: Scale["write"]): string {
  const [bounded, limited] = [low, high].map(Number.isFinite);
  if (bounded && limited) return `${write(low)} to ${write(high)}`;
  if (bounded) return `over ${write(low)}`;
  return limited ? `under ${write(high)}` : "not bounded";
}

/** Decades as a factor to two digits: `3.2x`. */
function times(decades: number): string {
  const factor = 10 ** decades;
  if (factor >= 99.5 && factor < 1e6) return `${factor.toFixed(0)}x`;
  return factor >= 0.01 && factor < 100
    ? `${factor.toPrecision(2)}x`
    : `${factor.toExponential(1)}x`;
}

/** A difference of logarithms of loss as a share of the loss: `+0.4%`. */
function percent(y: number): string {
  const share = 100 * Math.expm1(y);
  const rounded = share.toFixed(1).replace(/^-(0\.0)$/, "$1");
  return `${share >= 0.05 ? "+" : ""}${rounded}%`;
}

/** A learning rate or weight decay from its decimal logarithm: `2.3e-2`. */
function value(decades: number): string {
  return (10 ** decades).toExponential(1).replace("e+", "e");
}

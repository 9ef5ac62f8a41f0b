/** How many seeds a verdict would have needed. */
import type { Band } from "./band.ts";
import { logGamma, normalCdf, studentQuantile } from "./distributions.ts";

const wanted = 0.8;

/** More seeds than this are not asked for: the answer is "none under 100". */
const tooMany = 100;

export interface Spread {
  /** Standard deviation of one seed's value. */
  readonly sd: number;
  /** What the interval is widened by on each side. */
  readonly allowance: number;
}

/**
 * The smallest number of seeds that gives SUPPORTED with probability 0.8 if the truth is the
 * band's centre and the spread stays as it is; null if none under 100 does.
 */
export function seedsNeeded(band: Band, spread: Spread): number | null {
  const suffices = (n: number) => power(n, band, spread) >= wanted;
  let [enough, tooFew] = [tooMany - 1, 1];
  if (!suffices(enough)) return null;
  // More seeds never have less power, so the smallest number that suffices can be bracketed.
  while (enough - tooFew > 1) {
    const n = Math.floor((enough + tooFew) / 2);
    if (suffices(n)) enough = n;
    else tooFew = n;
  }
  return enough;
}

/**
 * Probability that the 90% interval of n seeds lies in the band. Given the sample's sd, that is a
 * difference of two normal probabilities; it is averaged over the distribution of the sd by
 * Simpson's rule (for two ends: the exact power of two one-sided tests; for one end: the
 * noncentral t distribution's).
 */
export function power(n: number, band: Band, spread: Spread): number {
  const { sd, allowance } = spread;
  if (Number.isNaN(sd)) return 0;
  const low = (band.low + allowance - band.centre) * Math.sqrt(n) / sd;
  const high = (band.high - allowance - band.centre) * Math.sqrt(n) / sd;
  if (sd === 0) return low < 0 && high > 0 ? 1 : 0;
  const t = studentQuantile(0.95, n - 1);
  const density = ratioDensity(n - 1);
  return simpson(0, ratioLimit(n - 1), (ratio) => {
    const inside = normalCdf(high - t * ratio) - normalCdf(low + t * ratio);
    return inside > 0 ? inside * density(ratio) : 0;
  });
}

/** Density of sample sd / true sd: a chi distribution with its mean square at 1. */
function ratioDensity(degreesOfFreedom: number): (ratio: number) => number {
  const half = degreesOfFreedom / 2;
  const scale = Math.LN2 + half * Math.log(half) - logGamma(half);
  return (ratio) =>
    Math.exp(scale - half * ratio * ratio) * ratio ** (degreesOfFreedom - 1);
}

/** Beyond it lies less than 1e-9 of the distribution. */
function ratioLimit(degreesOfFreedom: number): number {
  return 1 + 6.2 / Math.sqrt(degreesOfFreedom);
}

function simpson(
  from: number,
  to: number,
  f: (x: number) => number,
): number {
  const pieces = 400;
  const width = (to - from) / pieces;
  let sum = f(from) + f(to);
  for (let i = 1; i < pieces; i++) {
    sum += (i % 2 === 1 ? 4 : 2) * f(from + i * width);
  }
  return sum * width / 3;
}

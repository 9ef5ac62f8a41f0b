import { normalQuantile } from "./distributions.ts";
import type { Interval } from "./estimate.ts";

/**
 * Wilson's score interval of a proportion (Wilson 1927), two-sided, for `count` of `n` runs. It
 * stays within [0, 1] and has a width at 0 and at n. Without runs: [0, 1].
 */
export function wilson(count: number, n: number, level = 0.95): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile((1 + level) / 2);
  const share = count / n;
  const scale = 1 / (1 + z * z / n);
  const middle = scale * (share + z * z / (2 * n));
  const half = scale * z *
    Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // At the ends rounding would leave something like 1e-17.
  return {
    low: count === 0 ? 0 : middle - half,
    high: count === n ? 1 : middle + half,
  };
}

/**
 * The mechanism's regression: measured log10 ratios of best learning rates on those predicted from
 * tensor shapes, a network each. The prediction is the line of slope 1 through 0.
 */
import { studentQuantile } from "./distributions.ts";
import type { Interval } from "./estimate.ts";
import { mean } from "./sample.ts";

export interface Line {
  readonly n: number;
  readonly slope: number;
  /** Value at 0. */
  readonly intercept: number;
  /** 95% intervals by t with n - 2 degrees of freedom. */
  readonly slope95: Interval;
  readonly intercept95: Interval;
}

/** Ordinary least squares; null for fewer than 3 points, or if all lie at one `x`. */
export function regress(
  points: readonly { readonly x: number; readonly y: number }[],
): Line | null {
  const n = points.length;
  const [x, y] = [
    mean(points.map((it) => it.x)),
    mean(points.map((it) => it.y)),
  ];
  const sum = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((total, point) => total + of(point), 0);
  const spread = sum((it) => (it.x - x) ** 2);
  if (n < 3 || points.every((it) => it.x === points[0]!.x)) return null;
  const slope = sum((it) => (it.x - x) * (it.y - y)) / spread;
  const intercept = y - slope * x;
  const noise = sum((it) => (it.y - intercept - slope * it.x) ** 2) / (n - 2);
  const around = (value: number, variance: number): Interval => {
    const half = studentQuantile(0.975, n - 2) * Math.sqrt(noise * variance);
    return { low: value - half, high: value + half };
  };
  return {
    n,
    slope,
    intercept,
    slope95: around(slope, 1 / spread),
    intercept95: around(intercept, 1 / n + x * x / spread),
  };
}

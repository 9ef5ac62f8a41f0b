/**
 * Why the best learning rate may differ tenfold: a prediction from the shapes of a network's
 * tensors, fixed before training. The entries of a normalized gradient of D numbers are near
 * 1/sqrt(D), where softplus with beta 50 has a floor; so SING's step is smaller than Adam's by
 * R(D). LookAhead at 0.5 halves what is left.
 */
import { around, type Interval } from "./estimate.ts";
import { mean, studentQuantile } from "./textbook.ts";

/** Of SING's softplus: the paper's default, as in optim/sing.ts. */
const SOFTPLUS_BETA = 50;

/** R(D) = (sqrt(D) / 50) ln(1 + exp(50 / sqrt(D))) for a tensor of D entries. */
export function stepRatio(entries: number): number {
  const root = Math.sqrt(entries);
  return root / SOFTPLUS_BETA * Math.log1p(Math.exp(SOFTPLUS_BETA / root));
}

/** Which of SING's switches the predicted arm has on. */
export interface Switches {
  readonly softplus: boolean;
  readonly lookahead: boolean;
}

/**
 * Predicted best learning rate of SING over that of AdamW for a network of tensors of these
 * shapes: the mean of ln R(D) over those of rank above 1, weighted by D. Null if there are none.
 */
export function predictedRatio(
  shapes: readonly (readonly number[])[],
  { softplus, lookahead }: Switches = { softplus: true, lookahead: true },
): number | null {
  const sizes = shapes.filter((shape) => shape.length > 1)
    .map((shape) => shape.reduce((size, length) => size * length, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return null;
  const logRatio = sizes.reduce(
    (sum, size) => sum + size * Math.log(stepRatio(size)) / total,
    0,
  );
  return (softplus ? Math.exp(logRatio) : 1) * (lookahead ? 2 : 1);
}

/**
 * The mechanism's regression: measured log10 ratios of best learning rates on those predicted from
 * tensor shapes, a network each. The prediction is the line of slope 1 through 0.
 */

export interface FittedLine {
  readonly n: number;
  readonly slope: number;
  /** Value at 0. */
  readonly intercept: number;
  /** 90% and 95% intervals by t with n - 2 degrees of freedom. */
  readonly slope90: Interval;
  readonly slope95: Interval;
  readonly intercept95: Interval;
}

/** Ordinary least squares; null for fewer than 3 points, or if all lie at one `x`. */
export function regress(
  points: readonly { readonly x: number; readonly y: number }[],
): FittedLine | null {
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
  const within = (value: number, variance: number, level = 0.975) =>
    around(value, studentQuantile(level, n - 2) * Math.sqrt(noise * variance));
  return {
    n,
    slope,
    intercept,
    slope90: within(slope, 1 / spread, 0.95),
    slope95: within(slope, 1 / spread),
    intercept95: within(intercept, 1 / n + x * x / spread),
  };
}

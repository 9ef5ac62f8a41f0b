/** Curves of y over log10 of the learning rate with the shapes that real networks show. */

export interface SimulatedCurve {
  /** y without noise at t decades; a cliff lies where the seed put it. */
  y(t: number): number;
  /** Beyond this t a seed breaks, moved by `cliffSpread` times a normal number. */
  readonly cliff: number;
  readonly cliffSpread: number;
  /** Beyond this t the noise of a run is `roughNoise`. */
  readonly rough: number;
  /** The t of lowest y below the cliff. */
  readonly best: number;
}

/** y beyond the cliff. */
export const brokenY = 1.1;

const none = Infinity;

/** Steep to the left, and to the right flat, flat, steep, middling and cut off by a cliff. */
export const curves: readonly SimulatedCurve[] = [
  valley({ left: [0.99, -0.63, 0.21], right: [0.09, -0.01, 0.06] }),
  valley({ left: [1, -0.88, 0.25], right: [0.17, 0.09, 0.06] }),
  valley({ left: [0.92, -0.68, 0.27], right: [2.2, 0.21, 0.06], rough: 0.25 }),
  valley({ left: [1.07, -0.72, 0.44], right: [0.86, 0.08, 0.06], rough: 0.25 }),
  curve({
    y: (t) => 0.1 * Math.max(-t, 0) + 0.25 * softplus((-0.68 - t) / 0.27),
    cliff: 0.02,
    cliffSpread: 0.04,
    rough: none,
  }),
];

/** Slope in y a decade, place and width of the bend where it sets in. */
type Slope = readonly [slope: number, place: number, width: number];

function valley(
  { left, right, rough = none }: { left: Slope; right: Slope; rough?: number },
): SimulatedCurve {
  const [a, leftPlace, leftWidth] = left;
  const [b, rightPlace, rightWidth] = right;
  return curve({
    y: (t) =>
      a * leftWidth * softplus((leftPlace - t) / leftWidth) +
      b * rightWidth * softplus((t - rightPlace) / rightWidth),
    cliff: none,
    cliffSpread: 0,
    rough,
  });
}

/** Finds the best t in steps of 1e-4 decades. */
function curve(shape: Omit<SimulatedCurve, "best">): SimulatedCurve {
  let best = -2;
  for (let step = -20000; step <= 20000; step++) {
    const t = step / 10000;
    if (t <= shape.cliff && shape.y(t) < shape.y(best)) best = t;
  }
  return { ...shape, best };
}

function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x));
}

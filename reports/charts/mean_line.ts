import type { Series } from "../series.ts";

/** A point of a line in the plane of learning rate and loss. */
export interface MeanPoint {
  readonly rate: number;
  readonly loss: number;
}

/**
 * The line of a series' mean losses below a ceiling. Where divergence lifts it off the plot, it ends
 * on the ceiling, so that nothing is drawn beyond.
 */
export function meanLine(
  { rates }: Pick<Series, "rates">,
  ceiling: number,
): MeanPoint[] {
  const points = rates.flatMap(({ learningRate, loss }) =>
    loss === undefined ? [] : [{ rate: learningRate, loss }]
  );
  return points.flatMap((point, i) => {
    if (point.loss <= ceiling) return [point];
    return [points[i - 1], points[i + 1]].flatMap((next) =>
      next && next.loss < ceiling ? [crossing(next, point, ceiling)] : []
    );
  });
}

/** Where the straight line between two points of the log-log plot meets a loss. */
function crossing(from: MeanPoint, to: MeanPoint, loss: number): MeanPoint {
  const way = Math.log(loss / from.loss) / Math.log(to.loss / from.loss);
  return { rate: from.rate * (to.rate / from.rate) ** way, loss };
}

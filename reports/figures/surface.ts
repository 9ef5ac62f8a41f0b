/** How an arm's loss depends on learning rate and weight decay together. */
import type { Stage } from "../../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { locate } from "../../data/statistics/optimum.ts";
import type { Response } from "../../data/statistics/response.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  responseAtOwnDecay,
  weightDecayResponse,
} from "../../data/verdicts/responses.ts";

/** A point that was run. */
export interface SurfacePoint {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Geometric mean of the loss over the seeds that have one, in nats. */
  readonly loss: number;
  /** Seeds with a loss, those among them that diverged, and those planned. */
  readonly n: number;
  readonly diverged: number;
  readonly planned: number;
}

/** A place in the plane, run or not. */
export type SurfacePlace = Pick<SurfacePoint, "learningRate" | "weightDecay">;

export interface Surface {
  readonly arm: string;
  /** The joint grid, ascending in weight decay and then in learning rate. */
  readonly points: readonly SurfacePoint[];
  /** The README's points, run beside the grid. */
  readonly listed: readonly SurfacePoint[];
  /** At each weight decay the point of lowest loss; none where every run diverged. */
  readonly ridge: readonly SurfacePoint[];
  /** What tuning by the procedure comes to; null while a run is missing. */
  readonly own: SurfacePlace | null;
  /** Planned points that have no loss yet. */
  readonly missing: number;
}

/** Null where no weight decay beside 0 has a loss: there is a line then, and no surface. */
export function surfaceOf(table: StudyTable, arm: string): Surface | null {
  const grid = pointsOf(table, arm, ["tune", "decay tune"]);
  const points = grid.filter(({ n }) => n > 0);
  if (!points.some(({ weightDecay }) => weightDecay > 0)) return null;
  const rows = Map.groupBy(points, ({ weightDecay }) => weightDecay);
  return {
    arm,
    points,
    listed: pointsOf(table, arm, ["listed"]).filter(({ n }) => n > 0),
    ridge: [...rows.values()].flatMap(lowestOf),
    own: ownPlace(table, arm),
    missing: grid.length - points.length,
  };
}

/** Where the rule of thumb puts SING: ten times the learning rate, a tenth of the weight decay. */
export function placeByRule(
  { learningRate, weightDecay }: SurfacePlace,
): SurfacePlace {
  return { learningRate: 10 * learningRate, weightDecay: weightDecay / 10 };
}

/** The point of lowest loss, the first of equal ones; one where every run diverged is none. */
export function lowestOf(points: readonly SurfacePoint[]): SurfacePoint[] {
  const [best] = points.filter(({ n, diverged }) => diverged < n)
    .toSorted((a, b) => a.loss - b.loss);
  return best ? [best] : [];
}

/** Stages share runs: one that plays two parts counts once. */
function pointsOf(
  table: StudyTable,
  arm: string,
  stages: readonly Stage[],
): SurfacePoint[] {
  const trials = new Map(
    trialsOf(table, arm, stages).filter(({ weightDecay }) => weightDecay >= 0)
      .map((trial) => [trial.runId, trial]),
  );
  const places = Map.groupBy(
    trials.values(),
    ({ learningRate, weightDecay }) => `${learningRate} ${weightDecay}`,
  );
  return [...places.values()].map(pointOf).sort((a, b) =>
    a.weightDecay - b.weightDecay || a.learningRate - b.learningRate
  );
}

function pointOf(trials: readonly Trial[]): SurfacePoint {
  const { learningRate, weightDecay } = trials[0]!;
  const scores = trials.flatMap(({ score }) => score ?? []);
  return {
    learningRate,
    weightDecay,
    loss: scores.length > 0 ? Math.exp(mean(scores.map(({ y }) => y))) : NaN,
    n: scores.length,
    diverged: scores.filter(({ diverged }) => diverged).length,
    planned: trials.length,
  };
}

function ownPlace(table: StudyTable, arm: string): SurfacePlace | null {
  const decays = weightDecayResponse(table, arm);
  const rates = responseAtOwnDecay(table, arm);
  const [weightDecay, learningRate] = [decays, rates].map(bestOf);
  return weightDecay && learningRate ? { learningRate, weightDecay } : null;
}

function bestOf(response: Response | null): number | null {
  if (response === null) return null;
  const { values, diverged } = locate(response);
  return diverged || values.length === 0 ? null : 10 ** mean(values);
}

/**
 * The smooth curve through one seed's scores: the mean of a Gaussian process with settings fixed
 * beforehand. They are the procedure's: Matern 5/2 covariance of variance 0.36 and length 4 cells,
 * noise of variance 0.000625 (an sd of 0.025 in y).
 */

/** Points of the fitted curve in a cell. */
export const stepsPerCell = 25;

const variance = 0.36;
const length = 4;
const noise = 0.000625;

const smoothers = new Map<string, Float64Array>();

/**
 * Values of the curve from the first position to the last, `stepsPerCell` to a cell, both ends
 * included. Positions are in cells and ascend by at least a step.
 */
export function smooth(
  positions: readonly number[],
  values: readonly number[],
): Float64Array {
  const weights = smootherAt(positions);
  const size = values.length;
  const steps = weights.length / size;
  let centre = 0;
  for (const value of values) centre += value / size;
  const fit = new Float64Array(steps);
  for (let step = 0, w = 0; step < steps; step++) {
    let sum = centre;
    for (let i = 0; i < size; i++) sum += weights[w++]! * (values[i]! - centre);
    fit[step] = sum;
  }
  return fit;
}

/**
 * [step, position]: c(u)' (C + noise)^-1. The weights depend on where the points lie and not on
 * their values, so seeds and runs on the same grid share them.
 */
function smootherAt(positions: readonly number[]): Float64Array {
  const start = positions[0]!;
  const places = positions.map((position) => position - start);
  const key = places.join();
  const weights = smoothers.get(key) ?? weigh(places);
  smoothers.set(key, weights);
  return weights;
}

function weigh(places: readonly number[]): Float64Array {
  const size = places.length;
  const factor = cholesky(
    places.map((a, i) =>
      places.map((b, j) => covariance(a - b) + (i === j ? noise : 0))
    ),
  );
  const steps = Math.floor(places[size - 1]! * stepsPerCell + 1e-6) + 1;
  const weights = new Float64Array(steps * size);
  for (let step = 0; step < steps; step++) {
    const towards = places.map((at) => covariance(step / stepsPerCell - at));
    weights.set(solve(factor, towards), step * size);
  }
  return weights;
}

function covariance(distance: number): number {
  const q = Math.sqrt(5) * Math.abs(distance) / length;
  return variance * (1 + q + q * q / 3) * Math.exp(-q);
}

/** Lower triangle L of a symmetric positive definite matrix L L'. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = [];
  for (const [i, source] of matrix.entries()) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : factor[j]!;
      let sum = source[j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      row.push(j === i ? Math.sqrt(sum) : sum / other[j]!);
    }
    factor.push(row);
  }
  return factor;
}

/** x of L L' x = b. */
function solve(factor: readonly number[][], b: readonly number[]): number[] {
  const x = [...b];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i]![k]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= factor[k]![i]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}

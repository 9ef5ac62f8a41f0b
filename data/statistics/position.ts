/**
 * Places on the grids: a learning rate or a weight decay is 10^(position * cell). A grid's points
 * have whole positions; an optimum, or a value taken from a list, may lie between.
 */

/** Decades between neighbouring learning rates. */
export const learningRateCell = 0.25;

/** Decades between neighbouring weight decays. */
export const weightDecayCell = 0.5;

/** Position in cells of a value from 0 on, rounded to 1e-9; 0 lies at minus infinity. */
export function positionOf(value: number, cell: number): number {
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(
      `Cannot place a value on a grid as it must be a number from 0 on: current value is ${value}`,
    );
  }
  return Math.round(Math.log10(value) / cell * 1e9) / 1e9;
}

/** The value at a position; 0 at minus infinity. */
export function valueAt(position: number, cell: number): number {
  return 10 ** (position * cell);
}

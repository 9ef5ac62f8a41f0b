/** Ticks that read as round numbers on a logarithmic axis of any span. */

/** From coarse to fine: which leading digits get a tick in each decade. */
const ladders: readonly (readonly number[])[] = [
  [1],
  [1, 3],
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
];

/**
 * Round numbers in [low, high], at least `wanted` of them where the ladders reach so far.
 *
 * @throws RangeError unless 0 < low <= high, both finite.
 */
export function logTicks(low: number, high: number, wanted = 4): number[] {
  if (!(low > 0 && high >= low && Number.isFinite(high))) {
    throw new RangeError(
      `Cannot place ticks as a logarithmic axis needs 0 < low <= high: current value is ${low} to ${high}`,
    );
  }
  const tries = ladders.map((digits) => ticksOf(digits, low, high));
  return tries.find((ticks) => ticks.length >= wanted) ??
    evenTicks(low, high, wanted);
}

/** Ticks of a learning rate axis: 1e-3, 3e-3, 1e-2 and so on. */
export function rateTicks(low: number, high: number): number[] {
  return ticksOf([1, 3], low, high);
}

function ticksOf(
  digits: readonly number[],
  low: number,
  high: number,
): number[] {
  const ticks: number[] = [];
  for (
    let decade = Math.floor(Math.log10(low));
    decade <= Math.log10(high);
    decade++
  ) {
    // Number of the text: 3 * 10 ** -3 is 0.0030000000000000005
    ticks.push(...digits.map((digit) => Number(`${digit}e${decade}`)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Within a fraction of an octave a logarithmic axis is nearly linear: even steps of 1, 2 or 5. */
function evenTicks(low: number, high: number, wanted: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / wanted;
  const decade = Math.floor(Math.log10(rough));
  const digit = [5, 2, 1].find((digit) => digit * 10 ** decade <= rough) ?? 1;
  const step = digit * 10 ** decade;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from(
    { length: count },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
}

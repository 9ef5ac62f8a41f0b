/**
 * Levels, from 0 up, for dots on one line: a dot that would touch one before it stands above that
 * one, as high as `levels` allow; then they overlap.
 *
 * @param gap Distance of two dots on the line from which on they do not touch.
 */
export function stackDots(
  values: readonly number[],
  { gap, levels }: { readonly gap: number; readonly levels: number },
): number[] {
  const ends = new Array<number>(levels).fill(-Infinity);
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const stacked = new Array<number>(values.length).fill(0);
  for (const i of order) {
    const free = ends.findIndex((end) => values[i]! - end >= gap);
    const level = free < 0 ? ends.indexOf(Math.min(...ends)) : free;
    stacked[i] = level;
    ends[level] = values[i]!;
  }
  return stacked;
}

import type { Picture } from "./decode_image.ts";

/**
 * The centre square of a picture on white, each target pixel the average over the area it covers:
 * [size, size, 3]. Sums are whole numbers, so the result is exact up to its rounding, half up.
 */
export function square(
  picture: Picture,
  size: number,
): Uint8Array<ArrayBuffer> {
  const side = Math.min(picture.width, picture.height);
  const left = (picture.width - side) >> 1;
  const top = (picture.height - side) >> 1;
  const shares = sharesOf(side, size);
  const sums = new Float64Array(size * size * 3);
  shares.forEach((rows, y) => {
    const sumsOfRow = sumRow(picture, left, top + y, size, shares);
    for (const { target, weight } of rows) {
      const first = target * sumsOfRow.length;
      sumsOfRow.forEach((sum, i) => sums[first + i]! += weight * sum);
    }
  });
  const area = side * side;
  return Uint8Array.from(sums, (sum) => Math.floor(sum / area + 0.5));
}

interface Share {
  readonly target: number;
  /** In parts of a source pixel, `size` to the pixel; those of one target add up to `side`. */
  readonly weight: number;
}

/** Which target pixels each of `side` source pixels falls on, along one axis. */
function sharesOf(side: number, size: number): Share[][] {
  return Array.from({ length: side }, (_, source) => {
    const start = source * size;
    const end = start + size;
    const shares: Share[] = [];
    for (let target = Math.floor(start / side); target * side < end; target++) {
      const to = Math.min(end, (target + 1) * side);
      shares.push({ target, weight: to - Math.max(start, target * side) });
    }
    return shares;
  });
}

/** Weighted sums along one row of the square: [size, 3]. */
function sumRow(
  { width, pixels }: Picture,
  left: number,
  y: number,
  size: number,
  shares: readonly Share[][],
): Float64Array {
  const sums = new Float64Array(size * 3);
  shares.forEach((columns, x) => {
    const at = 4 * (y * width + left + x);
    const opacity = pixels[at + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const value = onWhite(pixels[at + channel]!, opacity);
      for (const { target, weight } of columns) {
        sums[target * 3 + channel]! += weight * value;
      }
    }
  });
  return sums;
}

function onWhite(value: number, opacity: number): number {
  if (opacity === 255) return value;
  return Math.floor((value * opacity + 255 * (255 - opacity)) / 255 + 0.5);
}

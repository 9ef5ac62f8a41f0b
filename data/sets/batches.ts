/**
 * Shuffling, flipping and cropping as arithmetic on indices: no pixel moves here. A trainer that
 * keeps the images as a table of pixels, and after the last a pixel of zeros, makes a batch with
 * one gather: table [size * height * width + 1, channels], indices [batch * height * width].
 */
import type { Random } from "../random.ts";

export interface PixelOptions {
  /** Images in the table, and each one's sides in pixels. */
  readonly size: number;
  readonly height: number;
  readonly width: number;
  /** Mirrors half of the images, by chance, left to right. */
  readonly flip: boolean;
  /** Pixels of zero padding that an image may shift by, on both axes; 0 is no crop. */
  readonly crop: number;
}

/** The order in which an epoch visits `size` images: each once. */
export function epochOrder(
  random: Random,
  size: number,
): Uint32Array<ArrayBuffer> {
  return random.permutation(size);
}

/**
 * For each pixel of a batch the pixel of the table that it shows, [batch * height * width];
 * `size * height * width` stands for the pixel of zeros. `images` are the batch's image numbers;
 * `random` draws, for each image in turn, the mirroring and the shifts that are switched on.
 */
export function pixelIndices(
  random: Random,
  images: Int32Array | Uint32Array,
  options: PixelOptions,
): Int32Array<ArrayBuffer> {
  const { size, height, width } = options;
  const zero = size * height * width;
  if (zero >= 2 ** 31) {
    throw new RangeError(
      `Cannot number pixels as an int32 must hold each number: current value is ${zero} pixels`,
    );
  }
  const indices = new Int32Array(images.length * height * width);
  let at = 0;
  for (const image of images) {
    const { mirrored, down, right } = drawView(random, options);
    const first = image * height * width;
    for (let y = down; y < down + height; y++) {
      const row = first + y * width;
      const inside = y >= 0 && y < height;
      for (let column = 0; column < width; column++) {
        const x = right + (mirrored ? width - 1 - column : column);
        indices[at++] = inside && x >= 0 && x < width ? row + x : zero;
      }
    }
  }
  return indices;
}

/** Which part of the padded image one image of the batch shows, and whether as in a mirror. */
function drawView(random: Random, { flip, crop }: PixelOptions) {
  const shift = () => crop > 0 ? random.integer(2 * crop + 1) - crop : 0;
  const mirrored = flip && random.integer(2) === 1;
  const down = shift();
  return { mirrored, down, right: shift() };
}

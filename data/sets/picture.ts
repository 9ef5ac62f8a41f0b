/**
 * JPEG and PNG to pixels, with decoders compiled to WebAssembly: the same pixels everywhere.
 * Orientation tags and colour profiles are not applied.
 */
import decodeJpeg, { init } from "@jsquash/jpeg/decode.js";
import decodePng from "@jsquash/png/decode.js";
import { crc32 } from "node:zlib";
import { UserError } from "../errors.ts";
import { concat } from "./dataset.ts";

interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4]: red, green, blue, opacity, 0 to 255. */
  readonly pixels: ArrayLike<number>;
}

/** Decodes one file at a time; `path` is for the error. */
export async function decodeImage(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
): Promise<Picture> {
  const format = FORMATS.find(({ start }) =>
    start.every((byte, i) => bytes[i] === byte)
  );
  if (!format) {
    throw new UserError(
      `Cannot decode ${path} as it must be a JPEG or a PNG image: ` +
        `current value is ${bytes.length} bytes of another kind`,
    );
  }
  try {
    const { width, height, data } = await format.decode(bytes);
    return { width, height, pixels: data };
  } catch (error) {
    if (error instanceof KindError) {
      throw new UserError(
        `Cannot decode ${path} as a JPEG must be grey, RGB or YCbCr: ` +
          `current value is ${error.message}. Save it as an RGB image`,
      );
    }
    throw new UserError(
      `Cannot decode ${path} as it must be a sound ${format.name} image: ` +
        `current value is ${bytes.length} bytes, damaged or cut off ` +
        `("${(error as Error).message}")`,
    );
  }
}

/** A sound file of a kind that the decoder has no way to read; the message names the kind. */
class KindError extends Error {}

const FORMATS = [
  { name: "JPEG", start: [0xff, 0xd8, 0xff], decode: decodeSoundJpeg },
  { name: "PNG", start: [0x89, 0x50, 0x4e, 0x47], decode: decodeSoundPng },
];

/** Whether these bytes, the first of a file, are those of a JPEG or a PNG. */
export function isPicture(bytes: Uint8Array): boolean {
  return FORMATS.some(({ start }) =>
    start.every((byte, i) => bytes[i] === byte)
  );
}

const complaints: string[] = [];
let started: Promise<void> | undefined;

/** The decoder guesses what a damaged file has lost and only prints that it did. */
async function decodeSoundJpeg(bytes: Uint8Array<ArrayBuffer>) {
  started ??= init({ printErr: (line: string) => complaints.push(line) });
  await started;
  const { file, components, padding } = tidyJpeg(bytes);
  if (components === 4) throw new KindError("a CMYK image");
  complaints.length = 0;
  const image = await decodeJpeg(file.buffer).catch(() => undefined);
  // The decoder prints its first remark alone, so any but a harmless one at the end is damage.
  const remark = complaints[0];
  const stray = Number(
    remark?.match(/ (\d+) extraneous bytes before marker 0xd9$/)?.[1] ??
      Infinity,
  );
  if (!image || (remark !== undefined && stray > padding)) {
    throw new Error(remark ?? "no image");
  }
  return image;
}

/**
 * A JPEG without what is beside its picture (ITU-T T.81, annex B): stray bytes between the segments
 * of its head, a JFIF version that does not exist, all that follows the end marker.
 */
function tidyJpeg(bytes: Uint8Array): {
  file: Uint8Array<ArrayBuffer>;
  /** Of the frame: 1 grey, 3 colour, 4 CMYK; 0 if there is no frame. */
  components: number;
  /** How many bytes of one value stand before the end marker. */
  padding: number;
} {
  const file: Uint8Array[] = [bytes.subarray(0, 2)];
  let components = 0;
  let padding = 0;
  for (let at = 2; at + 1 < bytes.length;) {
    const marker = bytes[at + 1]!;
    // 0xff before a marker may be repeated; 0xff 0x00 is none.
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) {
      at++;
      continue;
    }
    if (marker === END) {
      const value = bytes[at - 1];
      while (bytes[at - 1 - padding] === value) padding++;
      file.push(bytes.subarray(at, at + 2));
      break;
    }
    let end = at + 2 + (bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (isFrame(marker)) components = bytes[at + 9] ?? 0;
    if (marker === SCAN) end = endOfScan(bytes, end);
    const segment = bytes.slice(at, end);
    if (marker === JFIF && segment[4] === 0x4a && segment[9]! !== 1) {
      segment.set([1, 1], 9);
    }
    file.push(segment);
    // A length that is none, as the decoder will say.
    if (!(end > at + 3)) break;
    at = end;
  }
  return { file: concat(file), components, padding };
}

const JFIF = 0xe0;
const SCAN = 0xda;
const END = 0xd9;

/** SOF0 to SOF15; DHT, JPG and DAC stand among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf &&
    marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Where the marker after coded data stands: 0xff 0x00 is a value, 0xd0 to 0xd7 restart within it. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1]!;
    const isMarker = next !== 0 && next !== 0xff &&
      !(next >= 0xd0 && next <= 0xd7);
    if (bytes[at] === 0xff && isMarker) return at;
  }
  return bytes.length;
}

async function decodeSoundPng(bytes: Uint8Array<ArrayBuffer>) {
  if (!isSoundPng(bytes)) throw new Error("a chunk's checksum is wrong");
  return await decodePng(bytes.slice().buffer);
}

/**
 * Whether every chunk of a PNG file, up to and with its `IEND`, has the checksum that it carries
 * (PNG specification, section 5.3). The decoder does not look at these.
 */
export function isSoundPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Length, type, data, checksum of type and data.
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) return false;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      return false;
    }
    if (view.getUint32(at + 4) === IEND) return true;
    at = end + 4;
  }
  return false;
}

const IEND = 0x49454e44;

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

/**
 * JPEG and PNG to pixels, with decoders compiled to WebAssembly: the same pixels everywhere.
 * Orientation tags and colour profiles are not applied.
 */
import decodeJpeg, { init } from "@jsquash/jpeg/decode.js";
import decodePng from "@jsquash/png/decode.js";
import { UserError } from "../user_error.ts";
import { isSoundPng } from "./sound_png.ts";

export interface Picture {
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
    throw new UserError(
      `Cannot decode ${path} as it must be a sound ${format.name} image: ` +
        `current value is ${bytes.length} bytes, damaged or cut off ` +
        `("${(error as Error).message}")`,
    );
  }
}

const FORMATS = [
  { name: "JPEG", start: [0xff, 0xd8, 0xff], decode: decodeSoundJpeg },
  { name: "PNG", start: [0x89, 0x50, 0x4e, 0x47], decode: decodeSoundPng },
];

const complaints: string[] = [];
let started: Promise<void> | undefined;

/** The decoder guesses what a damaged file has lost and only prints that it did. */
async function decodeSoundJpeg(bytes: Uint8Array<ArrayBuffer>) {
  started ??= init({ printErr: (line: string) => complaints.push(line) });
  await started;
  complaints.length = 0;
  const image = await decodeJpeg(bytes.slice().buffer).catch(() => undefined);
  if (!image || complaints.length > 0) throw new Error(complaints[0]);
  return image;
}

async function decodeSoundPng(bytes: Uint8Array<ArrayBuffer>) {
  if (!isSoundPng(bytes)) throw new Error("a chunk's checksum is wrong");
  return await decodePng(bytes.slice().buffer);
}

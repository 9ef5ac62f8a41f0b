import { join } from "node:path";

/** The bytes of an IDX file: big-endian header, then the values. */
export function idxFile(
  magic: number,
  sides: readonly number[],
  values: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sides.length + values.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magic);
  sides.forEach((side, i) => header.setUint32(4 + 4 * i, side));
  bytes.set(values, 4 + 4 * sides.length);
  return bytes;
}

/** Writes images, each of its own number in all 28x28 pixels, and the labels given for them. */
export async function writeIdxPart(
  folder: string,
  part: string,
  labels: readonly number[],
): Promise<void> {
  const images = Uint8Array.from(
    { length: labels.length * 784 },
    (_, i) => Math.floor(i / 784),
  );
  const files = {
    [`${part}-images-idx3-ubyte`]: idxFile(
      0x803,
      [labels.length, 28, 28],
      images,
    ),
    [`${part}-labels-idx1-ubyte`]: idxFile(
      0x801,
      [labels.length],
      Uint8Array.from(labels),
    ),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(join(folder, name), bytes);
  }
}

import { UserError } from "../user_error.ts";
import { checkLabels } from "./check_labels.ts";
import type { Split } from "./dataset.ts";
import { type PackedFile, readPacked, verify } from "./packed_file.ts";

/** Expected checksum of each unpacked file by its name, as {@link verify} takes them. */
export type Checksums = Readonly<Record<string, string>>;

const SIDE = 28;

/**
 * Images of 28x28 and labels from 0 to 9 in the IDX format of MNIST and its kin (described at
 * yann.lecun.com/exdb/mnist): `<part>-images-idx3-ubyte` and `<part>-labels-idx1-ubyte`.
 */
export async function readIdxSplit(
  folder: string,
  part: string,
  checksums: Checksums,
): Promise<Split> {
  const images = await readIdx(
    folder,
    `${part}-images-idx3-ubyte`,
    [SIDE, SIDE],
    checksums,
  );
  const labels = await readIdx(
    folder,
    `${part}-labels-idx1-ubyte`,
    [],
    checksums,
  );
  const size = labels.values.length;
  checkLabels(labels.values, 10, labels.path);
  if (images.values.length !== size * SIDE * SIDE) {
    throw new UserError(
      `Cannot use ${labels.path} as it must hold a label for each image of ${images.path}: ` +
        `current value is ${size} for ${images.values.length / SIDE / SIDE}`,
    );
  }
  return { images: images.values, labels: labels.values, size };
}

async function readIdx(
  folder: string,
  name: string,
  sides: readonly number[],
  checksums: Checksums,
) {
  const file = await readPacked(folder, name);
  const values = idxValues(file, sides);
  verify(file, [checksums[name]!]);
  return { path: file.path, values };
}

/**
 * Unsigned bytes after a header of big-endian 32-bit numbers: 0x800 + rank, the number of items,
 * and the sides of one item.
 */
function idxValues({ path, bytes }: PackedFile, sides: readonly number[]) {
  const header = 4 * (2 + sides.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = Array.from(
    { length: Math.min(header, bytes.length) >> 2 },
    (_, i) => view.getUint32(4 * i),
  );
  const [magic, count = 0, ...foundSides] = found;
  if (
    magic !== 0x801 + sides.length || foundSides.join() !== sides.join()
  ) {
    const expected = [0x801 + sides.length, "<count>", ...sides].join(", ");
    throw new UserError(
      `Cannot read ${path} as its header must be the numbers ${expected}: ` +
        `current value is ${found.join(", ") || "an empty file"}`,
    );
  }
  const length = sides.reduce((product, side) => product * side, count);
  if (bytes.length !== header + length) {
    throw new UserError(
      `Cannot read ${path} as it must unpack to the ${
        header + length
      } bytes that its header ` +
        `announces: current value is ${bytes.length} bytes`,
    );
  }
  return bytes.subarray(header);
}

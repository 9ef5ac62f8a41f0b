/**
 * Makes the embedded subset from the published Fashion-MNIST, byte for byte as it is kept here:
 *
 *     deno run -A data/sets/fashion_mnist_subset/make.ts [folder with the data sets] [output folder]
 *
 * Image i of each split is of class i mod 10. The images of a class keep the order of the published
 * files: the first 1,000 of the training files train, the next 200 validate; the first 200 of the
 * test files test.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { classRank, pick, type Split, type SplitName } from "../dataset.ts";
import { readFashionMnist, SUBSET_FOLDER } from "../fashion_mnist.ts";

/** Images number `from` to `to` (excluded) of each class, the classes taking turns. */
export function takeTurns(split: Split, from: number, to: number): Split {
  const rank = classRank(split.labels);
  const numbers = Array.from(rank.keys())
    .filter((i) => rank[i]! >= from && rank[i]! < to)
    .sort((i, j) => rank[i]! - rank[j]! || split.labels[i]! - split.labels[j]!);
  return pick(split, numbers);
}

/** Writes each split as two packed IDX files. */
export async function embed(
  splits: Record<SplitName, Split>,
  folder: string,
): Promise<void> {
  for (const [part, { images, labels, size }] of Object.entries(splits)) {
    const files = {
      [`${part}-images-idx3-ubyte.gz`]: idx([size, 28, 28], images),
      [`${part}-labels-idx1-ubyte.gz`]: idx([size], labels),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const packed = gzipSync(bytes, { level: 9, memLevel: 9 });
      packed[9] = 255; // "Unknown" for the system that packed it: the same on each.
      await Deno.writeFile(join(folder, name), packed);
    }
  }
}

function idx(sides: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sides.length + values.length);
  const header = new DataView(bytes.buffer);
  [0x800 + sides.length, ...sides].forEach((number, i) =>
    header.setUint32(4 * i, number)
  );
  bytes.set(values, 4 + 4 * sides.length);
  return bytes;
}

if (import.meta.main) {
  const [source, folder = SUBSET_FOLDER] = Deno.args;
  const { train, test } = await readFashionMnist(source);
  await Deno.mkdir(folder, { recursive: true });
  await embed({
    train: takeTurns(train, 0, 1000),
    validation: takeTurns(train, 1000, 1200),
    test: takeTurns(test, 0, 200),
  }, folder);
}

import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { datasetDigest } from "./dataset.ts";
import {
  type Checksums,
  FASHION_MNIST,
  loadFashionMnist,
  loadFashionMnistSubset,
  readIdxSplit,
  SUBSET_FOLDER,
} from "./fashion_mnist.ts";
import { embed, takeTurns } from "./fashion_mnist_subset/make.ts";
import {
  checksumsOf,
  idxFile,
  scratchFolder,
  writeIdxPart,
} from "./testdata/example_sets.ts";

const IMAGES = "train-images-idx3-ubyte";
const LABELS = "train-labels-idx1-ubyte";

describe("readIdxSplit", () => {
  const scratch = scratchFolder();
  let checksums: Checksums;
  const read = () => readIdxSplit(scratch.path, "train", checksums);
  const write = (name: string, bytes: Uint8Array) =>
    Deno.writeFile(join(scratch.path, name), bytes);
  beforeEach(async () => {
    await writeIdxPart(scratch.path, "train", [3, 0, 9]);
    checksums = await checksumsOf(scratch.path);
  });

  it("reads images and labels", async () => {
    const { images, labels, size } = await read();
    assert.equal(size, 3);
    assert.deepEqual([...labels], [3, 0, 9]);
    assert.equal(images.length, 3 * 784);
    assert.deepEqual([images[0], images[784], images[3 * 784 - 1]], [0, 1, 2]);
  });
  it("reads them packed, with the checksum of what is inside", async () => {
    const path = join(scratch.path, IMAGES);
    await write(`${IMAGES}.gz`, gzipSync(await Deno.readFile(path)));
    await Deno.remove(path);
    assert.equal((await read()).size, 3);
  });

  const three = Uint8Array.of(3, 0, 9);
  const ofThree = (...labels: number[]) =>
    idxFile(0x801, [3], Uint8Array.from(labels));
  const empty = new Uint8Array();
  type Row = [what: string, file: string, bytes: Uint8Array, message: RegExp];
  /** With checksums of their own, as if they had been published so. */
  const published: Row[] = [
    [
      "a label that names no class",
      LABELS,
      ofThree(3, 10, 9),
      /from 0 to 9: current value is 10 for record 1/,
    ],
    [
      "fewer labels than images",
      LABELS,
      idxFile(0x801, [2], three.subarray(1)),
      /a label for each image of .*: current value is 2 for 3/,
    ],
  ];
  const damaged: Row[] = [
    [
      "labels where images belong",
      IMAGES,
      ofThree(3, 0, 9),
      /header must be the numbers 2051, <count>, 28, 28: .*is 2049, 3/,
    ],
    [
      "images of another size",
      IMAGES,
      idxFile(0x803, [1, 32, 32], new Uint8Array(1024)),
      /current value is 2051, 1, 32, 32/,
    ],
    ["an empty file", LABELS, empty, /current value is an empty file/],
    [
      "a file shorter than its header",
      IMAGES,
      idxFile(0x803, [3, 28, 28], empty).subarray(0, 10),
      /current value is 2051, 3/,
    ],
    [
      "fewer bytes than announced",
      LABELS,
      ofThree(0, 9),
      /unpack to the 11 bytes .*: current value is 10 bytes/,
    ],
    [
      "more bytes than announced",
      LABELS,
      idxFile(0x801, [2], three),
      /unpack to the 10 bytes .*: current value is 11 bytes/,
    ],
    [
      "other content than published",
      LABELS,
      ofThree(3, 0, 8),
      /checksum sha256:\w{64}: current value is sha256:\w{64}/,
    ],
  ];
  for (const [what, name, bytes, message] of [...published, ...damaged]) {
    it(`refuses ${what}, naming the file`, async () => {
      await write(name, bytes);
      if (published.some((row) => row[0] === what)) {
        checksums = await checksumsOf(scratch.path);
      }
      await assert.rejects(read(), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.match(error.message, message);
        assert.ok(error.message.includes(join(scratch.path, name)));
        return true;
      });
    });
  }
});

/** 1,003 training images of each of classes 0 and 1 in turn, 4 test images. */
async function writeSet(folder: string) {
  await Deno.mkdir(folder, { recursive: true });
  const labels = Array.from({ length: 2006 }, (_, i) => i % 2);
  await writeIdxPart(folder, "train", labels);
  await writeIdxPart(folder, "t10k", [5, 6, 7, 8]);
  return await checksumsOf(folder);
}

describe("loadFashionMnist", () => {
  const scratch = scratchFolder();

  it("keeps the last 1,000 training images of each class for validation", async () => {
    const checksums = await writeSet(join(scratch.path, "fashion-mnist"));
    const set = await loadFashionMnist(scratch.path, checksums);
    assert.deepEqual([...set.train.labels], [0, 1, 0, 1, 0, 1]);
    assert.deepEqual(
      [set.train.size, set.validation.size, set.test.size],
      [6, 2000, 4],
    );
    assert.deepEqual([...set.test.labels], [5, 6, 7, 8]);
    assert.equal(set.train.images.length, 6 * 28 * 28);
    assert.equal(set.train.images[784 * 5], 5);
    assert.equal(set.validation.images[0], 6);
  });
  it("finds the set's own folder, and the one of fetched sets", async () => {
    const checksums = await writeSet(scratch.path);
    await writeSet(join(scratch.cache, "datasets", "fashion-mnist"));
    for (const directory of [scratch.path, undefined]) {
      const { test } = await loadFashionMnist(directory, checksums);
      assert.equal(test.size, 4);
    }
  });
  it("refuses another set of the same form, and says what to do", async () => {
    await writeSet(scratch.path);
    await assert.rejects(loadFashionMnist(scratch.path), {
      name: "UserError",
      message:
        /train-images-idx3-ubyte as its unpacked content must have the checksum sha256:c59f.* run "deno task fetch fashion-mnist" for a sound copy/,
    });
  });
  it("says where it looked and how to get the set", async () => {
    await assert.rejects(loadFashionMnist(scratch.path), {
      name: "UserError",
      message:
        "Cannot load fashion-mnist as its files (train-images-idx3-ubyte, " +
        "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, plain or as " +
        `.gz or .xz) must lie in ${
          join(scratch.path, "fashion-mnist")
        } or ${scratch.path}: current value is a place without them. Get them with ` +
        '"deno task fetch fashion-mnist", or name the folder that holds them with --data',
    });
    await assert.rejects(
      loadFashionMnist(),
      (error: Error) =>
        error.message.includes(
          join(scratch.cache, "datasets", "fashion-mnist"),
        ),
    );
  });
  it("names the one file that is missing", async () => {
    const checksums = await writeSet(scratch.path);
    await Deno.remove(join(scratch.path, "t10k-labels-idx1-ubyte"));
    await assert.rejects(
      loadFashionMnist(scratch.path, checksums),
      (error: Error) =>
        /^Cannot read t10k-labels-idx1-ubyte as it must lie in .* Get them with/
          .test(error.message) && !error.message.includes("Delete"),
    );
  });
  it("knows the four files by the names they are published under", () => {
    assert.deepEqual(FASHION_MNIST.files, [
      ...[IMAGES, LABELS],
      ...["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
    ]);
  });
});

describe("loadFashionMnistSubset", () => {
  const scratch = scratchFolder();

  it("holds 10,000, 2,000 and 2,000 images whose classes take turns", async () => {
    const { train, validation, test } = await loadFashionMnistSubset();
    assert.deepEqual(
      [train.size, validation.size, test.size],
      [10000, 2000, 2000],
    );
    for (const { images, labels, size } of [train, validation, test]) {
      assert.equal(images.length, size * 28 * 28);
      assert.ok(labels.every((label, i) => label === i % 10));
    }
  });
  it("is the same data as ever", async () => {
    // As Python's gzip and hashlib have it.
    assert.equal(
      datasetDigest(await loadFashionMnistSubset(), 10000),
      "861db2d6ff59b2de944c1b275c713508b9831cb71e71e0846f94945443e049ae",
    );
  });
  it("has no image in two splits", async () => {
    const { train, validation, test } = await loadFashionMnistSubset();
    const keys = [train, validation, test].flatMap(({ images, size }) =>
      Array.from(
        { length: size },
        (_, i) => images.subarray(i * 784, (i + 1) * 784).join(),
      )
    );
    assert.equal(new Set(keys).size, 14000);
  });
  it("stays below 10 MB beside its licence", () => {
    const files = [...Deno.readDirSync(SUBSET_FOLDER)].map(({ name }) => name);
    assert.ok(files.includes("LICENSE"));
    const bytes = files.map((name) =>
      Deno.statSync(join(SUBSET_FOLDER, name)).size
    );
    assert.ok(bytes.reduce((sum, size) => sum + size, 0) < 1e7);
  });
  it("tells how to mend a damaged copy", async () => {
    await assert.rejects(
      loadFashionMnistSubset(scratch.path),
      /must lie in .*restore it from the repository$/,
    );
  });
});

describe("takeTurns", () => {
  it("takes from each class in file order, one class after the other", () => {
    const split = {
      images: Uint8Array.of(10, 11, 12, 13, 14, 15, 16),
      labels: Uint8Array.of(1, 1, 0, 1, 0, 0, 1),
      size: 7,
    };
    assert.deepEqual([...takeTurns(split, 0, 2).images], [12, 10, 14, 11]);
    assert.deepEqual([...takeTurns(split, 2, 3).images], [15, 13]);
  });
});

describe("embed", () => {
  const scratch = scratchFolder();
  it("writes the embedded files byte for byte", async () => {
    // The subset's classes take turns already, so that it is a fixed point of the rule.
    const { train, validation, test } = await loadFashionMnistSubset();
    await embed({ train, validation, test }, scratch.path);
    for (const { name } of Deno.readDirSync(scratch.path)) {
      assert.deepEqual(
        await Deno.readFile(join(scratch.path, name)),
        await Deno.readFile(join(SUBSET_FOLDER, name)),
      );
    }
  });
});

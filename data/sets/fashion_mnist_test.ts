import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { FASHION_MNIST, loadFashionMnist } from "./fashion_mnist.ts";
import { checksumsOf } from "./testdata/checksums_of.ts";
import { writeIdxPart } from "./testdata/idx_file.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

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
    assert.equal(
      (await loadFashionMnist(scratch.path, checksums)).test.size,
      4,
    );
    await writeSet(join(scratch.cache, "datasets", "fashion-mnist"));
    assert.equal((await loadFashionMnist(undefined, checksums)).test.size, 4);
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
        `Cannot load fashion-mnist as its files must lie in ${
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
      /Cannot read t10k-labels-idx1-ubyte as it must lie in/,
    );
  });
  it("knows the four files by the names they are published under", () => {
    assert.deepEqual(FASHION_MNIST.files, [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
    ]);
  });
});

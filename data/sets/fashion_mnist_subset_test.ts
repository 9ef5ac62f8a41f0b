import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { datasetDigest } from "./dataset.ts";
import { loadFashionMnistSubset, SUBSET_FOLDER } from "./fashion_mnist.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

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
  it("loads within 0.3 s from any working directory", async () => {
    const home = Deno.cwd();
    try {
      Deno.chdir(scratch.path);
      const times = [];
      for (let i = 0; i < 5; i++) {
        const start = performance.now();
        await loadFashionMnistSubset();
        times.push(performance.now() - start);
      }
      assert.ok(Math.min(...times) < 300, `${times}`);
    } finally {
      Deno.chdir(home);
    }
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

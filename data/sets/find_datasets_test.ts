import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { FASHION_MNIST, SUBSET_FOLDER } from "./fashion_mnist.ts";
import { findDatasets } from "./mod.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

describe("findDatasets", () => {
  const scratch = scratchFolder();
  async function write(folder: string, names: readonly string[]) {
    await Deno.mkdir(folder, { recursive: true });
    for (const name of names) await Deno.writeTextFile(join(folder, name), "");
  }

  it("always has the embedded subset", async () => {
    assert.deepEqual((await findDatasets())[0], {
      name: "fashion-mnist-subset",
      folder: SUBSET_FOLDER,
      missing: [],
    });
  });
  it("tells what is in the cache, and what is missing there", async () => {
    const folder = join(scratch.cache, "datasets", "fashion-mnist");
    const [first, ...others] = FASHION_MNIST.files;
    await write(folder, others.map((name) => `${name}.gz`));
    const [, fashion, cifar] = await findDatasets();
    assert.deepEqual(fashion, {
      name: "fashion-mnist",
      folder,
      missing: [first],
    });
    assert.equal(cifar!.folder, undefined);
    assert.equal(cifar!.missing.length, 6);
  });
  it("looks in a folder of sets, and in the set's own", async () => {
    const folder = join(scratch.path, "cifar-10-batches-bin");
    await write(folder, ["test_batch.bin.xz"]);
    for (const directory of [scratch.path, folder]) {
      const [, fashion, cifar] = await findDatasets(directory);
      assert.equal(cifar!.folder, folder);
      assert.equal(cifar!.missing.length, 5);
      assert.equal(fashion!.folder, undefined);
    }
  });
});

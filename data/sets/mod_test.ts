import encodePng from "@jsquash/png/encode.js";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { FASHION_MNIST, SUBSET_FOLDER } from "./fashion_mnist.ts";
import {
  type Dataset,
  type DatasetEntry,
  type DatasetOptions,
  DATASETS,
  fetchDataset,
  findDatasets,
  loadDataset,
  SETS,
} from "./mod.ts";
import { locateSet, readPacked, verifyFile } from "./published.ts";
import { serveFiles } from "./testdata/file_server.ts";
import { scratchFolder } from "./testdata/example_sets.ts";

describe("loadDataset", () => {
  const scratch = scratchFolder();

  it("gives the first of its names without any files", async () => {
    const { name, height, train, validation } = await loadDataset(DATASETS[0]);
    assert.equal(name, "fashion-mnist-subset");
    assert.deepEqual(SETS[0].images, {
      side: height,
      trainSize: train.size,
      validationSize: validation.size,
    });
  });
  it("reads an image folder at the size asked for", async () => {
    const png = new Uint8Array(await encodePng(new ImageData(8, 8)));
    for (const path of ["cat", "dog"]) {
      await Deno.mkdir(join(scratch.path, path));
      for (const i of [1, 2, 3]) {
        await Deno.writeFile(join(scratch.path, path, `${i}.png`), png);
      }
    }
    const options = { directory: scratch.path };
    assert.equal((await loadDataset("folder", options)).width, 32);
    const { width, train } = await loadDataset("folder", {
      ...options,
      size: 5,
    });
    assert.equal(width, 5);
    assert.equal(train.images.length, train.size * 5 * 5 * 3);
  });
  it("refuses an image folder without a place", async () => {
    await assert.rejects(loadDataset("folder"), {
      name: "UserError",
      message:
        "Cannot load folder as --data must name the image folder: current value is none",
    });
  });
  it("lists the names it knows", async () => {
    await assert.rejects(loadDataset("cifar10"), {
      name: "UserError",
      message: "Cannot go on as the data set must be one of " +
        "fashion-mnist-subset, fashion-mnist, cifar-10, folder: " +
        "current value is cifar10. Did you mean cifar-10?",
    });
  });
});

/** All that a new set takes, beside its line in SETS: here two grey images of one pixel a class. */
describe("a new data set", () => {
  const scratch = scratchFolder();
  const bytes = Uint8Array.of(0, 10, 1, 200);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const entry = (base: string): DatasetEntry => {
    const published = {
      name: "dots",
      folder: "dots",
      files: ["dots.bin"],
      source: {
        base,
        mirrored: "dots/",
        downloads: [{
          name: "dots.bin",
          checksum: `sha256:${digest}`,
          size: 4,
        }],
      },
    };
    const images = { side: 1, trainSize: 2, validationSize: 2 };
    return { name: "dots", images, published, load: loadDots };
    async function loadDots({ directory }: DatasetOptions): Promise<Dataset> {
      const folder = await locateSet(published, directory);
      const file = await readPacked(folder, "dots.bin");
      verifyFile(file, [`sha256:${digest}`]);
      const images = file.bytes.filter((_, i) => i % 2 === 1);
      const labels = file.bytes.filter((_, i) => i % 2 === 0);
      const all = { images, labels, size: labels.length };
      return {
        ...{ name: "dots", classes: ["dark", "light"], notes: [] },
        ...{ height: 1, width: 1, channels: 1 },
        ...{ mean: [0.4], standardDeviation: [0.4] },
        ...{ train: all, validation: all, test: all },
      };
    }
  };
  it("is fetched, found and loaded like any other", async () => {
    await using server = serveFiles({ "/dots.bin": bytes });
    const sets = [...SETS, entry(server.url)];
    const { folder } = await fetchDataset("dots", {}, sets);
    assert.deepEqual((await findDatasets(undefined, sets)).at(-1), {
      name: "dots",
      folder,
      missing: [],
    });
    const { train } = await loadDataset("dots", {}, sets);
    assert.deepEqual([...train.images], [10, 200]);
    await Deno.writeFile(join(folder, "dots.bin"), bytes.slice(1));
    await assert.rejects(loadDataset("dots", {}, sets), /must have the check/);
    await assert.rejects(
      loadDataset("dots", { directory: scratch.path }, sets),
      /Cannot load dots as its files \(dots\.bin, plain or as/,
    );
  });
});

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

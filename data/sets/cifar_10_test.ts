import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { type CifarChecksums, cifarRecords, loadCifar10 } from "./cifar_10.ts";
import {
  checksumsOf,
  cifarBatch,
  patternAt,
  scratchFolder,
} from "./testdata/example_sets.ts";

describe("cifarRecords", () => {
  const path = "batch";
  it("turns planes into pixels of red, green and blue", () => {
    const { images, labels, size } = cifarRecords({
      path,
      bytes: cifarBatch([4, 9]).slice(),
    });
    assert.equal(size, 2);
    assert.deepEqual([...labels], [4, 9]);
    assert.equal(images.length, 2 * 3072);
    for (const [record, pixel] of [[0, 0], [0, 1023], [1, 500]] as const) {
      const at = record * 3072 + 3 * pixel;
      assert.deepEqual(
        [...images.subarray(at, at + 3)],
        [0, 1024, 2048].map((plane) => patternAt(record, plane + pixel)),
      );
    }
  });
  it("refuses a file that ends within a record, and one without any", () => {
    for (const length of [3072, 3074, 0]) {
      const bytes = new Uint8Array(length);
      assert.throws(() => cifarRecords({ path, bytes }), {
        name: "UserError",
        message:
          `Cannot read batch as it must unpack to whole records of 3073 bytes: ` +
          `current value is ${length} bytes`,
      });
    }
  });
  it("refuses a label that names no class", () => {
    assert.throws(
      () => cifarRecords({ path, bytes: cifarBatch([1, 10]).slice() }),
      /from 0 to 9: current value is 10 for record 1/,
    );
  });
});

/** Five batches of 102 records, of classes 0 and 1 in turn; a test batch of four. */
async function writeSet(folder: string): Promise<CifarChecksums> {
  await Deno.mkdir(folder, { recursive: true });
  const labels = Array.from({ length: 202 }, (_, i) => i % 2);
  const write = (name: string, labels: readonly number[]) =>
    Deno.writeFile(join(folder, name), cifarBatch(labels));
  const train = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
  for (const name of train) await write(name, labels);
  await write("test_batch.bin", [5, 6, 7, 8]);
  const sums = await checksumsOf(folder);
  return {
    train: train.map((name) => sums[name]!),
    test: sums["test_batch.bin"]!,
    lossyTest: "sha256:00",
  };
}

describe("loadCifar10", () => {
  const scratch = scratchFolder();
  let checksums: CifarChecksums;
  const load = () => loadCifar10(scratch.path, checksums);
  const asLossy = () => {
    checksums = { ...checksums, test: "md5:00", lossyTest: checksums.test };
  };
  const writeList = (text: string) =>
    Deno.writeTextFile(join(scratch.path, "test_batch.lossy.json"), text);
  beforeEach(async () => {
    checksums = await writeSet(scratch.path);
  });

  it("keeps the last 500 training images of each class for validation", async () => {
    const { train, validation, test, notes } = await load();
    assert.deepEqual([train.size, validation.size, test.size], [10, 1000, 4]);
    assert.deepEqual([...train.labels], [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    assert.equal(validation.images[0], patternAt(10, 0));
    assert.deepEqual([...test.labels], [5, 6, 7, 8]);
    assert.deepEqual(notes, []);
  });
  it("finds the folder by its usual name", async () => {
    const usual = join(scratch.path, "data", "cifar-10-batches-bin");
    const sums = await writeSet(usual);
    const set = await loadCifar10(join(scratch.path, "data"), sums);
    assert.equal(set.test.size, 4);
  });
  it("leaves the listed copies out of a lossy test batch, and says so", async () => {
    asLossy();
    await writeList('{"records": [0, 2]}');
    const { test, notes } = await load();
    assert.deepEqual([...test.labels], [6, 8]);
    assert.equal(test.images[0], patternAt(1, 0));
    assert.deepEqual(notes, [
      "The test split is 2 of CIFAR-10's 4 test images: this copy of the set holds the other 2 " +
      "as lossy JPEG copies, so they are left out.",
    ]);
  });
  const records = ["3", "[4]", '["1"]'].map((it) => `{"records": ${it}}`);
  for (const text of ["", "[1", "null", "{}", ...records]) {
    it(`refuses the list ${text || "without content"}`, async () => {
      asLossy();
      await writeList(text);
      await assert.rejects(load(), {
        name: "UserError",
        message: /test_batch.lossy.json must list, in "records", which images/,
      });
    });
  }
  it("refuses a lossy test batch without its list", async () => {
    asLossy();
    await assert.rejects(load(), {
      name: "UserError",
      message: /Cannot read .*test_batch.lossy.json/,
    });
  });
  it("refuses a batch that is not the published one, and says what to do", async () => {
    await Deno.writeFile(
      join(scratch.path, "data_batch_3.bin"),
      cifarBatch([1]),
    );
    await assert.rejects(load(), {
      name: "UserError",
      message:
        /data_batch_3.bin as its unpacked content must have the checksum sha256:\w{64}: current value is sha256:\w{64}. Delete the file and run "deno task fetch cifar-10" for a sound copy/,
    });
  });
  it("refuses a test batch that is neither published nor known", async () => {
    checksums = { ...checksums, test: "md5:00", lossyTest: "sha256:00" };
    await assert.rejects(load(), /checksum md5:00 or sha256:00: current value/);
  });
});

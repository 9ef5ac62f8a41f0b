import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cifarRecords } from "./cifar_10.ts";
import { cifarBatch, patternAt } from "./testdata/cifar_batch.ts";

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
      assert.throws(
        () => cifarRecords({ path, bytes: new Uint8Array(length) }),
        {
          name: "UserError",
          message:
            `Cannot read batch as it must unpack to whole records of 3073 bytes: ` +
            `current value is ${length} bytes`,
        },
      );
    }
  });
  it("refuses a label that names no class", () => {
    assert.throws(
      () => cifarRecords({ path, bytes: cifarBatch([1, 10]).slice() }),
      /from 0 to 9: current value is 10 for record 1/,
    );
  });
});

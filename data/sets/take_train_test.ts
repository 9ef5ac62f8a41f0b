import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { takeTrain } from "./dataset.ts";
import { tinyDataset } from "./testdata/tiny_dataset.ts";

describe("takeTrain", () => {
  it("keeps the first training images and the other splits", () => {
    const dataset = tinyDataset();
    const taken = takeTrain(dataset, 2);
    assert.deepEqual([...taken.train.images], [0, 1, 2, 3]);
    assert.deepEqual([...taken.train.labels], [0, 1]);
    assert.equal(taken.train.size, 2);
    assert.equal(taken.validation, dataset.validation);
  });
  it("refuses more images than there are, none, and parts of one", () => {
    for (const size of [4, 0, -1, 1.5, NaN]) {
      assert.throws(() => takeTrain(tinyDataset(), size), {
        name: "UserError",
        message: /an integer from 1 to 3: current value is/,
      });
    }
  });
});

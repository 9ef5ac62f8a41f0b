import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Dataset, datasetDigest } from "./dataset.ts";
import { tinyDataset } from "./testdata/tiny_dataset.ts";

/** The tiny data set with one of its bytes changed. */
function changed(change: (dataset: Dataset) => void): Dataset {
  const dataset = tinyDataset();
  change(dataset);
  return dataset;
}

describe("datasetDigest", () => {
  it("is the SHA-256 over shape, scaling, sizes, images and labels", () => {
    // printf '%s' '{"height":1,…,"sizes":[2,1,1]}' and the bytes 00 01 02 03 00 01 06 07 01 08 09 00
    // piped through sha256sum.
    assert.equal(
      datasetDigest(tinyDataset(), 2),
      "351dfcc3c4ed3bbd20952d23f54e159928045b0e1a394729326fb3a1326b15bd",
    );
  });
  it("is the same for training images that a run does not use", () => {
    const other = changed(({ train }) => train.images[4] = 99);
    assert.equal(datasetDigest(other, 2), datasetDigest(tinyDataset(), 2));
    assert.notEqual(datasetDigest(other, 3), datasetDigest(tinyDataset(), 3));
  });
  it("differs with everything that a run sees", () => {
    const others = [
      changed(({ train }) => train.images[0] = 99),
      changed(({ train }) => train.labels[1] = 0),
      changed(({ validation }) => validation.images[0] = 99),
      changed(({ test }) => test.labels[0] = 1),
      { ...tinyDataset(), mean: [0.4] },
      { ...tinyDataset(), height: 2, width: 1 },
    ];
    const digests = [tinyDataset(), ...others].map((d) => datasetDigest(d, 2));
    digests.push(datasetDigest(tinyDataset(), 3));
    assert.equal(new Set(digests).size, 8);
  });
  it("does not depend on the names of set and classes", () => {
    const renamed = { ...tinyDataset(), name: "x", classes: ["c", "d"] };
    assert.equal(datasetDigest(renamed, 2), datasetDigest(tinyDataset(), 2));
  });
  it("refuses more training images than there are", () => {
    assert.throws(() => datasetDigest(tinyDataset(), 4), /from 1 to 3/);
  });
});

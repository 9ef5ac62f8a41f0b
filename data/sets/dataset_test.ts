import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  classRank,
  type Dataset,
  datasetDigest,
  holdOut,
  pick,
  takeTrain,
} from "./dataset.ts";
import { tinyDataset } from "./testdata/example_sets.ts";

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
});

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

describe("pick", () => {
  const split = {
    images: Uint8Array.of(0, 1, 2, 3, 4, 5),
    labels: Uint8Array.of(7, 8, 9),
    size: 3,
  };
  it("copies the images of the numbers given, in their order", () => {
    assert.deepEqual(pick(split, [2, 0]), {
      images: Uint8Array.of(4, 5, 0, 1),
      labels: Uint8Array.of(9, 7),
      size: 2,
    });
  });
  it("gives an empty split for no number", () => {
    assert.deepEqual(pick(split, []), {
      images: new Uint8Array(),
      labels: new Uint8Array(),
      size: 0,
    });
  });
});

describe("holdOut", () => {
  it("takes the last images of each class and keeps the order", () => {
    const split = {
      images: Uint8Array.of(10, 11, 12, 13, 14, 15, 16),
      labels: Uint8Array.of(0, 1, 1, 0, 0, 1, 0),
      size: 7,
    };
    const { train, validation } = holdOut(split, 2);
    assert.deepEqual([...train.images], [10, 11, 13]);
    assert.deepEqual([...train.labels], [0, 1, 0]);
    assert.deepEqual([...validation.images], [12, 14, 15, 16]);
    assert.deepEqual([...validation.labels], [1, 0, 1, 0]);
    assert.deepEqual([train.size, validation.size], [3, 4]);
  });
});

describe("classRank", () => {
  it("counts the images of the same class before each one", () => {
    assert.deepEqual(
      [...classRank(Uint8Array.of(3, 0, 3, 3, 0))],
      [0, 0, 1, 2, 1],
    );
  });
});

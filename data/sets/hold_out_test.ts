import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { classRank, holdOut } from "./dataset.ts";

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pick } from "./dataset.ts";

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

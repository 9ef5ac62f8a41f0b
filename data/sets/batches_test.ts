import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Random, random } from "../random.ts";
import { epochOrder, pixelIndices } from "./batches.ts";

/** A generator whose integers are those given, in turn. */
function scripted(...integers: number[]): Random {
  return { ...random(0, "test"), integer: () => integers.shift()! };
}

describe("epochOrder", () => {
  it("visits each image once, in another order each epoch", () => {
    const order = random(0, "order");
    const first = epochOrder(order, 50);
    const second = epochOrder(order, 50);
    const all = Array.from({ length: 50 }, (_, i) => i);
    assert.deepEqual([...first].sort((a, b) => a - b), all);
    assert.deepEqual([...second].sort((a, b) => a - b), all);
    assert.notDeepEqual(first, second);
  });
});

// Image 1 of the table, 2 rows by 3 columns:  6  7  8
//                                             9 10 11   and pixel 18 is zero.
describe("pixelIndices", () => {
  const plain = { size: 3, height: 2, width: 3, flip: false, crop: 0 };
  const one = Uint32Array.of(1);
  const cases: [string, Partial<typeof plain>, number[], number[]][] = [
    ["shows an image as it is", {}, [], [6, 7, 8, 9, 10, 11]],
    ["mirrors left to right", { flip: true }, [1], [8, 7, 6, 11, 10, 9]],
    ["or not, as chance says", { flip: true }, [0], [6, 7, 8, 9, 10, 11]],
    ["shifts down and right", { crop: 1 }, [2, 2], [10, 11, 18, 18, 18, 18]],
    ["shifts up and left", { crop: 1 }, [0, 0], [18, 18, 18, 18, 6, 7]],
    ["mirrors what the crop shows", { flip: true, crop: 1 }, [1, 1, 2], [
      18,
      8,
      7,
      18,
      11,
      10,
    ]],
    ["shows zeros where the crop leaves the image", { crop: 3 }, [6, 3], [
      18,
      18,
      18,
      18,
      18,
      18,
    ]],
  ];
  for (const [what, options, integers, expected] of cases) {
    it(what, () => {
      const drawn = scripted(...integers);
      const indices = pixelIndices(drawn, one, { ...plain, ...options });
      assert.deepEqual([...indices], expected);
    });
  }
  it("takes images in the order of their numbers", () => {
    const indices = pixelIndices(scripted(), Uint32Array.of(2, 0), plain);
    const expected = [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5];
    assert.deepEqual([...indices], expected);
  });
  it("gives the same batch for the same seed, and flips about half", () => {
    const images = Uint32Array.from({ length: 400 }, () => 1);
    const draw = () =>
      pixelIndices(random(4, "augmentation"), images, { ...plain, flip: true });
    assert.deepEqual(draw(), draw());
    const flipped = draw().filter((pixel, i) => i % 6 === 0 && pixel === 8);
    assert.ok(flipped.length > 150 && flipped.length < 250);
  });
  it("refuses a table whose pixels an int32 cannot number", () => {
    const huge = { ...plain, size: 3e6, height: 32, width: 32 };
    assert.throws(
      () => pixelIndices(random(0, "order"), one, huge),
      /an int32 must hold/,
    );
  });
});

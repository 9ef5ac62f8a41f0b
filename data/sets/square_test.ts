import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { square } from "./picture.ts";

/** A picture of grey values, opaque unless said otherwise. */
function grey(width: number, values: readonly number[], opacity = 255) {
  return {
    width,
    height: values.length / width,
    pixels: values.flatMap((value) => [value, value, value, opacity]),
  };
}

/** The first channel alone. */
const red = (pixels: Uint8Array) => [...pixels].filter((_, i) => i % 3 === 0);

describe("square", () => {
  const cases = [
    {
      name: "keeps pixels where the size stays",
      picture: grey(2, [1, 2, 3, 4]),
      size: 2,
      expected: [1, 2, 3, 4],
    },
    {
      name: "averages whole pixels",
      picture: grey(4, [0, 4, 9, 9, 8, 12, 9, 9, 1, 1, 0, 0, 1, 1, 0, 255]),
      size: 2,
      expected: [6, 9, 1, 64], // 255 / 4 = 63.75
    },
    {
      // Halves of the middle row and column go to each side: (100 + 50 a + 50 b + 25 c) / 2.25
      name: "shares pixels that lie on a border",
      picture: grey(3, [90, 0, 0, 0, 0, 0, 0, 0, 0]),
      size: 2,
      expected: [40, 0, 0, 0],
    },
    {
      name: "shares the middle pixel of three by three among four",
      picture: grey(3, [0, 0, 0, 0, 90, 0, 0, 0, 0]),
      size: 2,
      expected: [10, 10, 10, 10],
    },
    {
      name: "repeats pixels where it has to enlarge",
      picture: grey(1, [7]),
      size: 2,
      expected: [7, 7, 7, 7],
    },
    {
      name: "takes the middle of a wide picture",
      picture: grey(5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      size: 2,
      expected: [2, 3, 7, 8],
    },
    {
      name: "takes the middle of a tall picture",
      picture: grey(1, [1, 2, 3]),
      size: 1,
      expected: [2],
    },
    {
      name: "rounds halves up",
      picture: grey(2, [1, 2, 1, 2]),
      size: 1,
      expected: [2],
    },
    {
      name: "lays see-through pixels on white",
      picture: grey(1, [100], 51), // 100 / 5 + 255 * 4 / 5
      size: 1,
      expected: [224],
    },
  ];
  for (const { name, picture, size, expected } of cases) {
    it(name, () => assert.deepEqual(red(square(picture, size)), expected));
  }
  it("keeps the channels apart", () => {
    const picture = { width: 1, height: 1, pixels: [1, 2, 3, 255] };
    assert.deepEqual([...square(picture, 1)], [1, 2, 3]);
  });
});

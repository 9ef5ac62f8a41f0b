import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { stackDots } from "./verdict_picture.ts";

describe("stackDots", () => {
  const cases: readonly (readonly [string, readonly number[], number[]])[] = [
    ["leaves dots alone that do not touch", [3, 0, 1.5], [0, 0, 0]],
    ["puts dots that touch above one another", [0, 0.4, 0.8], [0, 1, 2]],
    ["counts in the order of places, not of seeds", [0.4, 0], [1, 0]],
    ["comes down where there is room again", [0, 0.5, 1.2], [0, 1, 0]],
    ["lets dots overlap where the levels are full", [0, 0, 0, 0], [0, 1, 2, 0]],
  ];
  for (const [what, values, levels] of cases) {
    it(what, () => {
      assert.deepEqual(stackDots(values, { gap: 1, levels: 3 }), levels);
    });
  }
});

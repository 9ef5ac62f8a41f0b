import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { positionOf, valueAt } from "./response.ts";

describe("positionOf", () => {
  it("gives back the whole position of every grid value", () => {
    for (let position = -40; position <= 8; position++) {
      assert.equal(positionOf(valueAt(position, 0.25), 0.25), position);
    }
  });
  it("puts 0 at minus infinity and back", () => {
    assert.equal(positionOf(0, 0.5), -Infinity);
    assert.equal(valueAt(-Infinity, 0.5), 0);
  });
  it("puts a listed value between the points", () => {
    assert.equal(positionOf(5e-3, 0.25), -9.204119983);
  });
  it("refuses what no learning rate can be", () => {
    for (const value of [-1, NaN, Infinity]) {
      assert.throws(() => positionOf(value, 0.25), RangeError);
    }
  });
});

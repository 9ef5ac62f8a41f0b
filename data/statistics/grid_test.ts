import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { centre, extension, growth, nearest } from "./response.ts";
import { respond } from "./testdata/respond.ts";

/** A grid from `from` on whose lowest mean is at `best`. */
function grid(from: number, points: number, best: number) {
  const positions = Array.from({ length: points }, (_, i) => from + i);
  const row = positions.map((position) => Math.abs(position - best));
  return respond(positions, [row, row]);
}

describe("centre", () => {
  it("puts 9 points around the scout's lowest mean", () => {
    const scout = respond([-14, -12, -10, -8, -6], [
      [0.9, 0.2, 0.1, 0.4, 0.9],
      [0.9, 0.1, 0.4, 0.3, 0.9],
    ]);
    assert.deepEqual(centre(scout), [
      -16,
      -15,
      -14,
      -13,
      -12,
      -11,
      -10,
      -9,
      -8,
    ]);
  });
  it("takes the smaller of equal means", () => {
    assert.equal(centre(respond([0, 2, 4], [[1, 0.5, 0.5]]))[4], 2);
  });
  it("leaves weight decay 0 aside, even as the best of all", () => {
    assert.equal(centre(respond([-Infinity, -4, -2], [[0, 0.3, 0.2]]))[4], -2);
  });
});

describe("extension", () => {
  it("adds nothing where all arms have 2 points on each side", () => {
    assert.equal(extension([grid(0, 9, 2), grid(0, 9, 6)]), null);
    assert.equal(extension([]), null);
  });
  it("adds 2 points on the short side, and 2 to the other arm on the side nearer its best", () => {
    assert.deepEqual(extension([grid(0, 9, 8), grid(20, 9, 25)]), [
      [9, 10],
      [29, 30],
    ]);
    assert.deepEqual(extension([grid(20, 9, 23), grid(0, 9, 1)]), [
      [18, 19],
      [-2, -1],
    ]);
  });
  it("adds to each arm on its own short side where both are short", () => {
    assert.deepEqual(extension([grid(0, 9, 0), grid(0, 9, 7)]), [
      [-2, -1],
      [9, 10],
    ]);
  });
  it("keeps the budgets of any number of arms equal, in their order", () => {
    assert.deepEqual(extension([grid(0, 9, 0)]), [[-2, -1]]);
    assert.deepEqual(
      extension([grid(0, 9, 5), grid(10, 9, 18), grid(0, 9, 3)]),
      [[9, 10], [19, 20], [-2, -1]],
    );
  });
  it("takes the lower side where the other arm's best is in the middle", () => {
    assert.deepEqual(extension([grid(0, 9, 8), grid(0, 9, 4)])![1], [-2, -1]);
  });
  it("does not count weight decay 0 as a point on the lower side", () => {
    const arm = respond([-Infinity, 0, 1, 2, 3], [[2, 1, 0, 1, 2]]);
    assert.deepEqual(extension([arm, grid(0, 9, 4)])![0], [-2, -1]);
  });
});

describe("growth", () => {
  it("asks for the next point up until every seed has an edge", () => {
    assert.equal(growth(grid(0, 9, 5), [8.5, null], [5, 5]), 9);
    assert.equal(growth(grid(0, 10, 5), [8.5, 8.5], [5, 5]), null);
  });
  it("gives up 2 decades above the mean optimum", () => {
    assert.equal(growth(grid(0, 13, 5), [null], [4.5, 5.5]), 13);
    assert.equal(growth(grid(0, 14, 5), [null], [4.5, 5.5]), null);
  });
});

describe("nearest", () => {
  it("takes the grid positions around a place, ascending", () => {
    assert.deepEqual(nearest(3.4, 5), [1, 2, 3, 4, 5]);
    assert.deepEqual(nearest(3.6, 5), [2, 3, 4, 5, 6]);
    assert.deepEqual(nearest(-7.9, 5), [-10, -9, -8, -7, -6]);
  });
  it("takes the smaller of equally near ones", () => {
    assert.deepEqual(nearest(3.5, 5), [1, 2, 3, 4, 5]);
  });
});

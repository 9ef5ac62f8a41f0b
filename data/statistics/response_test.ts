import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  lowest,
  type PlacedScore,
  seedMeans,
  tabulate,
  withoutZero,
} from "./response.ts";

const at = (position: number, seed: number, y: number): PlacedScore => ({
  position,
  seed,
  score: { y, y0: 1, diverged: false },
});

const outcomes = [at(2, 8, 0.4), at(1, 7, 0.1), at(1, 8, 0.3), at(2, 7, 0.2)];

describe("tabulate", () => {
  it("sorts runs in any order into seeds by positions", () => {
    const response = tabulate(outcomes, 0.25)!;
    assert.deepEqual(response.positions, [1, 2]);
    assert.deepEqual(response.seeds, [7, 8]);
    assert.deepEqual(response.scores.map((row) => row.map((it) => it.y)), [
      [0.1, 0.2],
      [0.3, 0.4],
    ]);
  });
  it("is null where a seed lacks a position, a run has no score, or there are no runs", () => {
    assert.equal(tabulate(outcomes.slice(1), 0.25), null);
    const unscored = { position: 2, seed: 8, score: null };
    assert.equal(tabulate([...outcomes.slice(1), unscored], 0.25), null);
    assert.equal(tabulate([], 0.25), null);
  });
});

describe("seedMeans", () => {
  it("averages over the seeds at each position", () => {
    assert.deepEqual(seedMeans(tabulate(outcomes, 0.25)!), [
      0.2,
      0.30000000000000004,
    ]);
  });
});

describe("withoutZero", () => {
  it("leaves nothing where there was nothing else", () => {
    const alone = tabulate([at(-Infinity, 7, 0.9)], 0.5)!;
    assert.deepEqual(withoutZero(alone).positions, []);
    assert.deepEqual(withoutZero(alone).scores, [[]]);
  });
  it("drops the position of weight decay 0 and nothing else", () => {
    const zero = [at(-Infinity, 7, 0.9), at(-Infinity, 8, 0.8)];
    const response = tabulate([...outcomes, ...zero], 0.5)!;
    assert.deepEqual(withoutZero(response), tabulate(outcomes, 0.5));
    assert.deepEqual(
      withoutZero(withoutZero(response)),
      tabulate(outcomes, 0.5),
    );
  });
});

describe("lowest", () => {
  it("takes the first of equal values", () => {
    assert.equal(lowest([3, 1, 2, 1]), 1);
  });
});

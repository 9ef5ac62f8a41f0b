import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { optimum, overLearningRates } from "./optimum.ts";
import { alike, broke, respond, scores } from "./testdata/respond.ts";

const rates = [-10, -9, -8, -7, -6];
const slice = (position: number, level: number) => ({
  position,
  response: respond(
    rates,
    alike(3, [0.4, 0.1, 0, 0.2, 0.3].map((y) => y + level)),
  ),
});

describe("overLearningRates", () => {
  it("takes each seed's lowest fitted value at each weight decay, in ascending order", () => {
    const result = overLearningRates([slice(-4, 0.2), slice(-6, 0.1)], 0.5)!;
    assert.deepEqual([result.cell, result.positions], [0.5, [-6, -4]]);
    assert.deepEqual(result.seeds, [0, 1, 2]);
    const row = slice(-4, 0.2).response.scores[1]!;
    assert.equal(result.scores[1]![1]!.y, optimum(rates, row)!.y);
  });
  it("is diverged only where every learning rate is, and then scores as untrained", () => {
    const dead = respond(rates, alike(3, [broke, broke, broke, broke, broke]));
    const some = respond(rates, alike(3, [0.2, 0, broke, broke, broke]));
    const { scores: result } = overLearningRates([
      { position: -2, response: some },
      { position: -1, response: dead },
    ], 0.5)!;
    assert.deepEqual(result[0]!.map((it) => it.diverged), [false, true]);
    assert.deepEqual(result[0]![1], scores(broke)[0]);
  });
  it("keeps weight decay 0 as the lowest position", () => {
    const zero = slice(-Infinity, 0);
    const { positions } = overLearningRates([slice(-4, 0), zero], 0.5)!;
    assert.deepEqual(positions, [-Infinity, -4]);
  });
  it("is null without slices, with an incomplete one, or with other seeds in one", () => {
    const fewer = respond(rates, alike(2, [0.4, 0.1, 0, 0.2, 0.3]));
    assert.equal(overLearningRates([], 0.5), null);
    for (const response of [null, fewer]) {
      const slices = [slice(-4, 0), { position: -3, response }];
      assert.equal(overLearningRates(slices, 0.5), null);
      assert.equal(overLearningRates(slices.reverse(), 0.5), null);
    }
  });
});

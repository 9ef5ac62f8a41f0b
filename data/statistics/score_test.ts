import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Losses, score } from "./response.ts";

const run = {
  initialLoss: Math.E,
  finalLoss: 0.5,
  firstTrainLoss: 2.4,
  lastTrainLoss: 0.6,
};

describe("score", () => {
  it("is the logarithm of the final loss", () => {
    assert.deepEqual(score(run), { y: Math.log(0.5), y0: 1, diverged: false });
  });
  it("is never above the score before training", () => {
    assert.deepEqual(score({ ...run, finalLoss: 9 }), {
      y: 1,
      y0: 1,
      diverged: false,
    });
  });
  for (
    const [name, losses] of [
      ["a final loss of NaN", { ...run, finalLoss: NaN }],
      ["a final loss of infinity", { ...run, finalLoss: Infinity }],
      ["a last tenth of NaN", { ...run, lastTrainLoss: NaN }],
      ["a last tenth no better than step 1", { ...run, lastTrainLoss: 2.4 }],
      ["losses that were never reached", { initialLoss: Math.E }],
    ] as const
  ) {
    it(`counts ${name} as diverged, at the score before training`, () => {
      assert.deepEqual(score(losses), { y: 1, y0: 1, diverged: true });
    });
  }
  it("stays finite where the loss rounds to 0", () => {
    assert.equal(score({ ...run, finalLoss: 0 })!.y, -23 * Math.LN2);
  });
  it("is a finite number or null, whatever a damaged row holds", () => {
    const held = [undefined, null, NaN, Infinity, -Infinity, 0, 0.5, 9, "0.5"];
    for (const initialLoss of held) {
      for (const finalLoss of held) {
        for (const lastTrainLoss of held) {
          const losses = { ...run, initialLoss, finalLoss, lastTrainLoss };
          const result = score(losses as Losses);
          if (result === null) continue;
          assert.ok(Number.isFinite(result.y) && result.y <= result.y0);
        }
      }
    }
  });
  it("is null without a usable loss from before training", () => {
    const { initialLoss: _, ...rest } = run;
    assert.equal(score(rest), null);
    assert.equal(score({ ...run, initialLoss: NaN }), null);
    assert.equal(score({ ...run, initialLoss: 0 }), null);
  });
});

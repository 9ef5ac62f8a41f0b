import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { casesOf, MAX_SEEDS } from "./cases.ts";
import { ADAMW, type Arm, type BaseConfig, SING } from "./experiment.ts";

const BASE = { model: "cnn" } as unknown as BaseConfig;
const GRID = { learningRates: [0.1, 0.2], weightDecays: [0], seeds: 2 };

describe("casesOf", () => {
  it("crosses learning rates, weight decays and seeds", () => {
    const cases = casesOf("tune", BASE, {
      arm: SING,
      ...GRID,
      weightDecays: [0, 0.1],
    });
    assert.equal(cases.length, 8);
    assert.equal(
      new Set(cases.map(({ config }) => JSON.stringify(config))).size,
      8,
    );
    assert.equal(cases[0]!.config.optimizer, "sing");
    assert.equal(cases[0]!.config["optimizer.lookahead"], true);
  });
  it("gives both arms the same seeds within a stage", () => {
    const seeds = (arm: Arm) =>
      casesOf("tune", BASE, { arm, ...GRID }).map(({ config }) => config.seed);
    assert.deepEqual(seeds(SING), seeds(ADAMW));
  });
  it("keeps the seeds of the stages apart", () => {
    const stages = ["scout", "tune", "report", "final"] as const;
    const seeds = stages.flatMap((stage) =>
      casesOf(stage, BASE, {
        arm: SING,
        ...GRID,
        learningRates: [1],
        seeds: MAX_SEEDS,
      })
        .map(({ config }) => config.seed)
    );
    assert.equal(new Set(seeds).size, stages.length * MAX_SEEDS);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cnnConfig } from "../models/mod.ts";
import { progressTotal, timeContenders, timingOf } from "./steps.ts";
import { type Contender, ONE_THREAD, type Variant } from "./variant.ts";

const { signal } = new AbortController();

const variant: Variant = {
  ...cnnConfig({ widths: [4], blocks: 1 }),
  ...ONE_THREAD,
  library: "tenfold",
  mode: "graph",
  optimizer: "adamw",
};

describe("timingOf", () => {
  it("adds up what processes do at the same time", () => {
    const slice = (steps: number, seconds: number) => ({
      steps,
      seconds,
      peakMemory: 0,
    });
    const timing = timingOf({ variant, processes: 2 }, [
      [slice(10, 1), slice(15, 0.5)], // 10 and 30 steps a second
      [slice(20, 2), slice(10, 1)],
    ]);
    assert.equal(timing.id, "cnn/adamw/tenfold/graph/1+1/x2");
    assert.deepEqual(timing.imagesPerSecond.values, [64 * 40, 64 * 20]);
    assert.deepEqual(timing.stepMilliseconds.values, [50, 100]);
  });
});

describe("timeContenders", () => {
  it("measures every contender in every round, in processes that variants share", async () => {
    const contenders: Contender[] = [
      { variant, processes: 1 },
      { variant: { ...variant, optimizer: "sing" }, processes: 1 },
      { variant: { ...variant }, processes: 2 },
    ];
    let progress = 0;
    const timings = await timeContenders(contenders, {
      rounds: 2,
      slice: 0.01,
      cores: 2,
      signal,
      onProgress: () => progress++,
    });
    assert.equal(progress, 2 + 3 * 3); // children, then rounds with the one left out
    assert.equal(progress, progressTotal(contenders, 2));
    assert.deepEqual(timings.map(({ id }) => id), [
      "cnn/adamw/tenfold/graph/1+1/x1",
      "cnn/sing/tenfold/graph/1+1/x1",
      "cnn/adamw/tenfold/graph/1+1/x2",
    ]);
    for (const { imagesPerSecond: { values } } of timings) {
      assert.equal(values.length, 2);
      assert.ok(values.every((value) => value > 0 && Number.isFinite(value)));
    }
  });

  it("ends every child if one cannot be prepared, and says why", async () => {
    const broken = { ...variant, "model.widths": "none", intraOpThreads: 0 };
    const contenders = [{ variant, processes: 1 }, {
      variant: broken,
      processes: 1,
    }];
    const options = { rounds: 1, slice: 0, cores: 2, signal };
    await assert.rejects(
      timeContenders(contenders, { ...options, onProgress: () => {} }),
      {
        name: "UserError",
        message: /tenfold on cnn .*intraOpThreads must be a whole number/,
      },
    );
  });
});

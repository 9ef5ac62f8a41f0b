import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cnnConfig } from "../models/mod.ts";
import type { TimedRun } from "./child.ts";
import { timeWorker, workerTiming } from "./workers.ts";

const order = {
  model: cnnConfig({ widths: [4], blocks: 1 }),
  jit: "graph",
  batchSize: 8,
  trainSize: 80,
  validationSize: 16,
} as const;

const { signal } = new AbortController();

describe("workerTiming", () => {
  it("takes steps and both evaluations out of a run to get what it costs beside them", () => {
    const run: TimedRun = {
      steps: 11,
      seconds: 4.5,
      firstStepSeconds: 1.25, // 0.05, an evaluation of 1 and a step of 0.2
      otherStepsSeconds: 2, // 10 steps
      evaluationSeconds: 1,
      peakMemory: 7,
    };
    const timing = workerTiming(order, [run]);
    assert.ok(Math.abs(timing.fixedSeconds.median - 0.3) < 1e-12);
    assert.equal(timing.stepMilliseconds.median, 200);
    assert.equal(timing.evaluationSeconds.median, 1);
    assert.equal(timing.peakMemory, 7);
    assert.equal(timing.id, "cnn/graph");
  });

  it("leaves a fixed cost negative where noise makes it so", () => {
    const run: TimedRun = {
      steps: 11,
      seconds: 4,
      firstStepSeconds: 1,
      otherStepsSeconds: 2,
      evaluationSeconds: 1, // slower than the first one, by chance
      peakMemory: 0,
    };
    const { fixedSeconds } = workerTiming(order, [run]);
    assert.ok(Math.abs(fixedSeconds.median + 0.2) < 1e-12);
  });
});

describe("timeWorker", () => {
  it("trains whole runs in one process", async () => {
    const timing = await timeWorker(order, { runs: 2, signal });
    assert.equal(timing.steps, 10);
    assert.equal(timing.fixedSeconds.values.length, 2);
    assert.ok(timing.stepMilliseconds.range[0] > 0);
    assert.ok(timing.evaluationSeconds.range[0] > 0);
    assert.ok(timing.peakMemory > 1e8, `${timing.peakMemory}`);
  });
});

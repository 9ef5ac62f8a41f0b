import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Metric } from "../runs/record.ts";
import {
  exampleConfig,
  exampleHeader,
  exampleSummary,
} from "../runs/testdata/example_run.ts";
import { alarmOfRun, watchedSteps } from "./responses.ts";
import { watchedMetrics } from "./testdata/watched_metrics.ts";

const parameter = { name: "p", shape: [4], rescales: true };
const rows: readonly Metric[] = [
  {
    kind: "parameters",
    step: 0,
    parameters: [{ ...parameter, rescales: false }, parameter, parameter],
  },
  { kind: "train", step: 1, loss: 9, learningRate: 1 },
  { kind: "gradients", step: 1, loss: 2, norms: [100, 3, 4] },
  { kind: "gradients", step: 2, loss: 1, norms: [100, 5, 12] },
];

describe("watchedSteps", () => {
  it("has each step's loss and the joint norm of what rescales", () => {
    assert.deepEqual(watchedSteps(rows), [
      { step: 1, loss: 2, norm: 5 },
      { step: 2, loss: 1, norm: 13 },
    ]);
  });
  it("has none without the list of parameters, or of rows that do not fit it", () => {
    assert.deepEqual(watchedSteps(rows.slice(1)), []);
    const short: Metric = { kind: "gradients", step: 3, loss: 1, norms: [1] };
    assert.equal(watchedSteps([...rows, short]).length, 2);
  });
});

describe("alarmOfRun", () => {
  const config = exampleConfig({ warmup: 0.05 });
  const id = exampleHeader(config).id;
  const run = (steps: number) => ({
    id,
    header: exampleHeader(config),
    summary: { ...exampleSummary, steps },
  });

  it("is raised by a falling loss and a rising norm, after warmup alone", () => {
    assert.equal(alarmOfRun(run(210), watchedMetrics(210, 1))!.alarmed, true);
    assert.equal(alarmOfRun(run(210), watchedMetrics(210, -1))!.alarmed, false);
    // The 5% of 210 steps that warm up are 10.5, rounded to 11 as the schedule does: the bins hold
    // 199 steps in 20, the first from step 12 on.
    const alarm = alarmOfRun(run(210), watchedMetrics(210, 1))!;
    assert.equal(alarm.losses[0], 1 - 16.5 / 210);
  });
  it("is null for a run that was not watched", () => {
    assert.equal(alarmOfRun(run(210), []), null);
    assert.equal(alarmOfRun(run(210), watchedMetrics(150, 1)), null);
  });
  it("is not raised by a run that blew up", () => {
    const torn = watchedMetrics(150, 1).map((it) =>
      it.kind === "gradients" && it.step === 150 ? { ...it, loss: NaN } : it
    );
    assert.equal(alarmOfRun(run(150), torn)!.alarmed, false);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Metric } from "../runs/record.ts";
import { studyTable } from "../runs/study.ts";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
} from "../runs/testdata/example_run.ts";
import {
  alarmOfRun,
  isGrowing,
  learningRateResponse,
  responseAtOwnDecay,
  watchedSteps,
  weightDecayResponse,
} from "./responses.ts";
import {
  armTrials,
  ending,
  exampleEvidence,
  type ExampleStudy,
  type ExampleTrial,
  range,
} from "./testdata/example_evidence.ts";
import {
  watchedMetrics,
  weightDecayStudy,
} from "./testdata/example_studies.ts";

function tableOf(trials: readonly ExampleTrial[]) {
  const evidence = exampleEvidence([{ study: { experiment: "e" }, trials }]);
  return studyTable(evidence.studies[0]!, evidence);
}

const seeds = [2000, 2001];
const tuned = armTrials({
  arm: "sing",
  seeds,
  positions: range(-12, 9),
  best: -2,
});

describe("learningRateResponse", () => {
  it("is a table of the runs of its arm and stage without weight decay", () => {
    const table = tableOf([
      ...tuned,
      ...armTrials({ arm: "adamw", seeds, positions: [-20] }),
      ...armTrials({
        arm: "sing",
        seeds,
        positions: [-2],
        weightDecay: 0.1,
      }),
      ...armTrials({
        stage: "edge",
        arm: "sing",
        seeds,
        positions: [-3],
      }),
    ]);
    const response = learningRateResponse(table, "sing")!;
    assert.deepEqual(response.positions, range(-12, 9));
    assert.deepEqual(response.seeds, seeds);
    const further = learningRateResponse(table, "sing", ["tune", "edge"])!;
    assert.deepEqual(further.positions, range(-12, 10));
  });

  it("is null where a run is missing, or all are", () => {
    const torn = ending(tuned, "missing", ({ seed }) => seed === 2001);
    assert.equal(learningRateResponse(tableOf(torn.slice(1)), "sing"), null);
    assert.equal(learningRateResponse(tableOf([]), "sing"), null);
    assert.equal(learningRateResponse(undefined, "sing"), null);
  });
});

describe("isGrowing", () => {
  const scout = armTrials({
    stage: "scout",
    arm: "sing",
    seeds: [1000],
    positions: [-12, -10, -8, -6],
  });
  const at = (best: number, points = 9) =>
    armTrials({
      arm: "sing",
      seeds,
      positions: range(-12, points),
      best,
    });
  const growing = (...trials: readonly ExampleTrial[]) =>
    isGrowing(tableOf(trials), "sing", "tune");

  it("is so while the best point has fewer than two on a side", () => {
    assert.equal(growing(...scout, ...at(-2)), false);
    assert.equal(growing(...scout, ...at(-1)), true);
    assert.equal(growing(...scout, ...at(-3)), true);
    assert.equal(
      learningRateResponse(tableOf([...scout, ...at(-1)]), "sing"),
      null,
    );
  });
  it("ends after two extensions", () => {
    assert.equal(growing(...scout, ...at(-0.5, 11)), true);
    assert.equal(growing(...scout, ...at(0, 13)), false);
  });
  it("ends where a later stage stands on the grid", () => {
    const [report] = armTrials({
      stage: "report",
      arm: "sing",
      seeds: [1e5],
      positions: [-4],
    });
    assert.equal(growing(...scout, ...at(-1), report!), false);
  });
  it("is never so of a grid that no scout chose", () => {
    assert.equal(growing(...at(-1)), false);
  });
  it("is so of weight decays likewise, 0 set aside", () => {
    const scouted = armTrials({
      stage: "decay scout",
      arm: "sing",
      seeds: [1000],
      positions: [-8],
      weightDecay: 0.1,
    });
    const decays = (singDecay: number, keep: number) =>
      weightDecayStudy({ n: 2, singDecay }).trials.filter((it) =>
        it.arm === "sing" && it.weightDecay < keep
      );
    const table = (keep: number) =>
      tableOf([...scouted, ...decays(-2.5, keep)]);
    assert.equal(isGrowing(table(1e9), "sing", "decay tune"), false);
    assert.equal(isGrowing(table(10 ** -1.9), "sing", "decay tune"), true);
    assert.equal(weightDecayResponse(table(10 ** -1.9), "sing"), null);
  });
});

describe("weightDecayResponse", () => {
  const { trials } = weightDecayStudy({ n: 2 });
  it("has a place for each weight decay, 0 at minus infinity", () => {
    const { positions, cell } = weightDecayResponse(tableOf(trials), "sing")!;
    assert.equal(cell, 0.5);
    assert.deepEqual(positions, [-Infinity, ...range(-9, 9)]);
  });
  it("is null where a run is missing, and leaves negative weight decays out", () => {
    assert.equal(
      weightDecayResponse(tableOf(trials.slice(0, -1)), "sing"),
      null,
    );
    const negative = { ...trials[0]!, arm: "sing", weightDecay: -1 };
    const table = tableOf([...trials, negative]);
    assert.ok(weightDecayResponse(table, "sing"));
    assert.ok(responseAtOwnDecay(table, "sing"));
  });
});

describe("responseAtOwnDecay", () => {
  it("is over the learning rates at the weight decay nearest the best", () => {
    const studies: ExampleStudy = weightDecayStudy({ n: 2, singDecay: -2.5 });
    const own = studies.trials.filter((it) =>
      it.arm === "sing" && Math.abs(Math.log10(it.weightDecay) + 2.5) < 1e-9
    );
    const response = responseAtOwnDecay(tableOf(studies.trials), "sing")!;
    assert.deepEqual(response.positions, range(-10, 5));
    const ys = own.filter(({ seed }) => seed === 2001).map(({ y }) => y);
    assert.deepEqual(
      response.scores[1]!.map(({ y }) => y.toFixed(9)),
      ys.map((y) => (y as number).toFixed(9)),
    );
  });
  it("is null with weight decay 0 alone", () => {
    const bare = weightDecayStudy({ n: 2 }).trials.filter((it) =>
      it.weightDecay === 0
    );
    assert.equal(responseAtOwnDecay(tableOf(bare), "sing"), null);
  });
});

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
    summary: { ...EXAMPLE_SUMMARY, steps },
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
});

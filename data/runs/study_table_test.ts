import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Ending,
  exampleEvidence,
  type ExampleTrial,
  untrainedY,
} from "../verdicts/testdata/example_evidence.ts";
import {
  seedsOf,
  studyTable,
  trialLoss,
  trialsOf,
  trialState,
} from "./study.ts";

const trial = (seed: number, y: Ending): ExampleTrial => ({
  stage: "tune",
  arm: "sing",
  learningRate: 0.1,
  weightDecay: 0,
  seed,
  y,
});

function tableOf(...trials: readonly ExampleTrial[]) {
  const study = { experiment: "e" };
  const evidence = exampleEvidence([{ study, trials }]);
  return studyTable(evidence.studies[0]!, evidence);
}

describe("studyTable", () => {
  it("says of each planned run what became of it, and scores what ended", () => {
    const { trials } = tableOf(
      trial(0, 0.5),
      trial(1, "diverged"),
      trial(2, "failed"),
      trial(3, "unscored"),
      trial(4, "missing"),
    );
    assert.deepEqual(
      trials.map(({ fate, score }) => [fate, score?.y.toFixed(3)]),
      [
        ["scored", "0.500"],
        ["scored", untrainedY.toFixed(3)],
        ["failed", undefined],
        ["unscored", undefined],
        ["missing", undefined],
      ],
    );
  });

  it("has each trial's state, its loss, and the run itself", () => {
    const { trials } = tableOf(
      trial(0, 0.5),
      trial(1, "diverged"),
      trial(2, "failed"),
      trial(3, "missing"),
    );
    assert.deepEqual(
      trials.map((it) => [trialState(it), trialLoss(it)?.toFixed(3)]),
      [
        ["finished", Math.exp(0.5).toFixed(3)],
        ["diverged", Math.exp(untrainedY).toFixed(3)],
        ["failed", undefined],
        ["missing", undefined],
      ],
    );
    assert.equal(trials[0]!.header!.id, trials[0]!.runId);
    assert.equal(trials[0]!.summary!.state, "finished");
    assert.ok(!("summary" in trials[3]!));
  });

  it("scores nothing in a study that mixes data sets or training sizes", () => {
    for (const config of [{ datasetDigest: "other" }, { trainSize: 7 }]) {
      const table = tableOf(trial(0, 0.5), { ...trial(1, 0.5), config });
      assert.equal(table.data.length, 2);
      assert.deepEqual(table.trials.map(({ score }) => score), [null, null]);
    }
  });

  it("scores runs of mixed backends: pages warn about those", () => {
    const config = { backend: "cpu" };
    const table = tableOf(trial(0, 0.5), { ...trial(1, 0.5), config });
    assert.equal(table.data.length, 1);
    assert.ok(table.trials.every(({ score }) => score !== null));
  });
});

describe("trialsOf and seedsOf", () => {
  it("pick by arm and stage, and have each seed once and in order", () => {
    const table = tableOf(
      trial(3, 1),
      { ...trial(1, 1), stage: "edge" },
      { ...trial(5, 1), arm: "adamw" },
      { ...trial(3, 1), learningRate: 1 },
      { ...trial(9, 1), stage: "scout" },
    );
    const found = trialsOf(table, "sing", ["tune", "edge"]);
    assert.deepEqual(seedsOf(found), [1, 3]);
    assert.deepEqual(trialsOf(undefined, "sing", ["tune"]), []);
  });
});

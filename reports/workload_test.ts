import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { RunSummary, StudyCase } from "../data/runs/record.ts";
import { trialLoss, trialState } from "../data/runs/study.ts";
import { exampleStudy } from "./testdata/example_study.ts";
import { type Workload, workloadOf } from "./workload.ts";

describe("workloadOf", () => {
  it("counts a diverged run with its loss from before training", () => {
    const { trials } = workload();
    const diverged = trials.filter((trial) => trialState(trial) === "diverged");
    assert.ok(diverged.length > 0);
    for (const trial of diverged) {
      assert.ok(Math.abs((trialLoss(trial) ?? 0) - 2.31) < 1e-12);
    }
  });

  it("calls a run diverged that finished with a loss that is no number", () => {
    const { trials } = workload((_, summary) => ({
      ...summary,
      state: "finished",
      finalLoss: NaN,
    }));
    assert.ok(trials.every((trial) => trialState(trial) === "diverged"));
  });

  it("gives no loss to runs that are missing, failed or have no loss from before", () => {
    const { trials } = workload(({ seed }, summary) => {
      if (seed === 2000) return null;
      if (seed === 2001) return failed;
      const { initialLoss: _, ...rest } = summary;
      return { ...rest, state: "finished" };
    });
    assert.deepEqual(
      new Set(
        trials.map((trial) => `${trialState(trial)} ${trialLoss(trial)}`),
      ),
      new Set(["missing undefined", "failed undefined", "finished undefined"]),
    );
  });

  it("compares the tune stage once it has runs, the scout before", () => {
    const { study, runs } = exampleStudy();
    const cases = study.cases.map((plan): StudyCase => ({
      ...plan,
      stage: plan.seed === 2000 ? "scout" : "tune",
    }));
    const stageWith = (kept: (seed: number) => boolean) => {
      const found = runs.filter(({ header }) => kept(header.config.seed));
      const byId = new Map(found.map((run) => [run.id, run]));
      return workloadOf({ ...study, cases }, byId).stage;
    };
    assert.equal(stageWith(() => true), "tune");
    assert.equal(stageWith((seed) => seed === 2000), "scout");
    assert.equal(stageWith(() => false), undefined);
  });
});

const failed: RunSummary = {
  kind: "summary",
  state: "failed",
  error: "out of memory",
  steps: 1,
  seconds: 1,
};

function workload(
  outcome?: (plan: StudyCase, summary: RunSummary) => RunSummary | null,
): Workload {
  const { study, runs } = exampleStudy({ ...outcome && { outcome } });
  return workloadOf(study, new Map(runs.map((run) => [run.id, run])));
}

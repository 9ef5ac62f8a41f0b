import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Need, shortfall, workloadsOf } from "./reading.ts";
import {
  armTrials,
  ending,
  exampleEvidence,
  type ExampleStudy,
} from "./testdata/example_evidence.ts";
import { learningRateStudy } from "./testdata/example_studies.ts";

const whole = learningRateStudy({ n: 2 });
const tune: Need = {
  experiment: "learning_rate",
  stage: "tune",
  arms: ["sing", "adamw"],
};
const edge: Need = { ...tune, stage: "edge", arms: ["sing"], optional: true };
const report: Need = { ...tune, stage: "report" };
const other: Need = { ...tune, experiment: "controls" };

function said(needs: readonly Need[], ...studies: readonly ExampleStudy[]) {
  const [workload] = workloadsOf(exampleEvidence(studies), "quick");
  return shortfall(workload!, needs);
}

describe("shortfall", () => {
  it("is nothing where all is there", () => {
    assert.equal(said([tune, edge], whole), null);
  });
  it("names studies that are not there, before what others lack", () => {
    assert.equal(said([report, other], whole), "no study of controls");
  });
  it("names stages and arms that were not planned", () => {
    assert.equal(said([tune, report], whole), "learning_rate: no report runs");
    const lone = whole.trials.filter(({ arm }) => arm === "adamw");
    assert.equal(
      said([tune, edge], { ...whole, trials: lone }),
      "learning_rate: no tune runs of sing",
    );
  });
  it("counts runs that are missing, failed or measured no loss", () => {
    const trials = [
      ...ending(whole.trials.slice(0, 1), "missing"),
      ...ending(whole.trials.slice(1, 3), "failed"),
      ...ending(whole.trials.slice(3, 6), "unscored"),
      ...whole.trials.slice(6),
    ];
    assert.equal(
      said([tune], { ...whole, trials }),
      "learning_rate: 1 missing, 2 failed, 3 unscored of 36 tune runs",
    );
  });
  it("counts optional runs once they are planned", () => {
    const planned = armTrials({
      stage: "edge",
      arm: "sing",
      seeds: [2000],
      positions: [0],
      y: () => "missing",
    });
    assert.equal(
      said([edge], { ...whole, trials: [...whole.trials, ...planned] }),
      "learning_rate: 1 missing of 1 edge runs",
    );
  });
  it("names a grid that is still to be extended", () => {
    const scout = armTrials({
      stage: "scout",
      arm: "sing",
      seeds: [1000],
      positions: [-8],
    });
    const open = learningRateStudy({ n: 2, sing: { best: -1 } });
    assert.equal(
      said([tune], { ...open, trials: [...scout, ...open.trials] }),
      "learning_rate: the grid of sing is still to be extended",
    );
  });
  it("tells tuning with weight decay from none", () => {
    const trials = whole.trials.map((it) => ({ ...it, weightDecay: 0.1 }));
    assert.equal(
      said([tune], { ...whole, trials }),
      "learning_rate: no tune runs without weight decay",
    );
  });
  it("refuses to mix data sets, within a study and between two", () => {
    const config = { datasetDigest: "other" };
    const others = whole.trials.map((it) => ({ ...it, config }));
    const mixed = [...whole.trials.slice(1), others[0]!];
    assert.equal(
      said([tune], { ...whole, trials: mixed }),
      "learning_rate: its runs are of 2 unlike data sets",
    );
    const controls = { study: { experiment: "controls" }, trials: others };
    assert.equal(
      said([tune, other], whole, controls),
      "learning_rate and controls were trained on unlike data",
    );
  });
});

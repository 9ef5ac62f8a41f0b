import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import { registerOf } from "./judge.ts";
import {
  ending,
  exampleEvidence,
  type ExampleStudy,
  overLearningRates,
  range,
} from "./testdata/example_evidence.ts";
import {
  around,
  controlStudy,
  learningRateStudy,
} from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

function controlOf(...studies: readonly ExampleStudy[]) {
  const { controls } = registerOf(exampleEvidence(studies), "quick");
  assert.equal(controls.length, 1);
  return controls[0]!;
}

describe("controlRow", () => {
  it("is CALIBRATED where what was planted is found", () => {
    const row = controlOf(controlStudy());
    assert.deepEqual([row.state, row.label], ["CALIBRATED", "published"]);
    assert.deepEqual(
      row.control.checks.map(({ verdict }) => verdict.state),
      ["SUPPORTED", "REFUTED", "REFUTED"],
    );
  });
  it("is NOT CALIBRATED where something else is", () => {
    assert.equal(controlOf(controlStudy({ shift: 0 })).state, "NOT CALIBRATED");
    assert.equal(
      controlOf(controlStudy({ shift: 1.8 })).state,
      "NOT CALIBRATED",
    );
  });
  it("is UNDERPOWERED with too few seeds for their noise", () => {
    const slowed = { noise: 0.03 };
    const row = controlOf(controlStudy({ n: 3, slowed }));
    assert.deepEqual([row.state, row.label], ["UNDERPOWERED", "preliminary"]);
  });
  it("is NOT CHECKED without a study, or with a run missing", () => {
    const bare = controlOf(learningRateStudy());
    assert.deepEqual(
      [bare.state, bare.reason, bare.label],
      ["NOT CHECKED", "no study of controls", null],
    );
    const { study, trials } = controlStudy();
    const torn = [...ending(trials.slice(0, 1), "missing"), ...trials.slice(1)];
    const { state, reason } = controlOf({ study, trials: torn });
    assert.deepEqual(
      [state, reason],
      ["NOT CHECKED", "controls: 1 missing of 180 tune runs"],
    );
  });
  it("reports Lion and AdamW with LookAhead if they were run", () => {
    assert.deepEqual(controlOf(controlStudy()).others, []);
    const { study, trials } = controlStudy();
    const lion = overLearningRates({
      arm: "lion",
      seeds: range(2000, 10),
      positions: around(-3.75),
      best: -3.75,
    });
    const [other] = controlOf({ study, trials: [...trials, ...lion] }).others;
    assert.equal(other!.arm, "lion");
    assert.ok(other!.finding.kind === "estimate");
    isClose(other!.finding.estimate.mean, -0.75, 0.03);
    isClose(other!.expected.high, -0.48, 0.01);
  });
});

describe("the control's gate", () => {
  it("withdraws verdicts of a workload that is NOT CALIBRATED, and nothing else", () => {
    const missed = controlStudy({ shift: 0 });
    const row = rowOf("H1", learningRateStudy(), missed);
    assert.deepEqual(
      [row.state, row.label, row.pValues, row.control],
      ["NOT CALIBRATED", null, null, "NOT CALIBRATED"],
    );
    assert.equal(row.parts[0]!.state, "SUPPORTED");
    assert.equal(rowOf("H2", learningRateStudy(), missed).state, "NOT RUN");
    const flat = learningRateStudy({ sing: { y: () => 0.5, noise: 0 } });
    assert.equal(rowOf("H1", flat, missed).state, "INVALID(flat)");
  });
  it("lets verdicts stand that are UNDERPOWERED or NOT CHECKED, and says so", () => {
    const weak = controlStudy({ n: 3, slowed: { noise: 0.03 } });
    const row = rowOf("H1", learningRateStudy(), weak);
    assert.deepEqual([row.state, row.control], ["SUPPORTED", "UNDERPOWERED"]);
    assert.equal(rowOf("H1", learningRateStudy()).control, "NOT CHECKED");
  });
  it("does not take a control of other images", () => {
    const { study, trials } = controlStudy({ shift: 0 });
    const config = { datasetDigest: "other" };
    const others = trials.map((it) => ({ ...it, config }));
    const row = rowOf("H1", learningRateStudy(), { study, trials: others });
    assert.deepEqual([row.state, row.control], ["SUPPORTED", "NOT CHECKED"]);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import {
  curve,
  ending,
  type ExampleStudy,
  overLearningRates,
  range,
} from "./testdata/example_evidence.ts";
import { learningRateStudy, listedTrials } from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

/** SING's best rate is 1e-2; its grid ends at 1e-1 and is searched up to `top`, in cells. */
function searched(
  { breaksFrom, top }: { breaksFrom: number; top: number },
): ExampleStudy {
  const y = (decades: number) =>
    decades > breaksFrom - 1e-9 ? "diverged" : curve(decades);
  const { study, trials } = learningRateStudy({ sing: { y } });
  const edge = overLearningRates({
    stage: "edge",
    arm: "sing",
    seeds: range(2000, 10),
    positions: range(-3, Math.max(0, top + 4)),
    best: -2,
    y,
  });
  return { study, trials: [...trials, ...edge, ...listedTrials()] };
}

describe("readEdgeOfBreaking", () => {
  it("is SUPPORTED where training breaks just above the best rate", () => {
    const row = rowOf("H3", searched({ breaksFrom: 0.25, top: -4 }));
    assert.equal(row.state, "SUPPORTED");
    const { finding } = row.parts[0]!;
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.allowance, 0.225, 1e-12); // 9/10 of a cell
  });
  it("is REFUTED where it breaks more than 3x above it, seen in the edge stage", () => {
    const row = rowOf("H3", searched({ breaksFrom: 1.5, top: -2 }));
    assert.equal(row.state, "REFUTED");
    const { finding } = row.parts[0]!;
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1.375, 0.03); // between 1.25 and 1.5
  });
  it("is REFUTED where two decades above the best rate nothing broke", () => {
    const row = rowOf("H3", searched({ breaksFrom: 9, top: 1 }));
    assert.equal(row.state, "REFUTED");
    assert.equal(row.parts[0]!.finding.kind, "range");
  });
  it("is NOT RUN before the search has come to its end", () => {
    for (const top of [-4, -2]) {
      const row = rowOf("H3", searched({ breaksFrom: 9, top }));
      assert.deepEqual(
        [row.state, row.reason],
        ["NOT RUN", "the search for the edge has not ended"],
      );
      assert.deepEqual(row.parts[0]!.finding, { kind: "missing" });
    }
  });
  it("is NOT RUN with a run of the search missing", () => {
    const { study, trials } = searched({ breaksFrom: 1.5, top: -2 });
    const torn = ending(
      trials,
      "missing",
      ({ stage, seed }) => stage === "edge" && seed === 2000,
    );
    const row = rowOf("H3", { study, trials: torn });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "learning_rate: 2 missing of 20 edge runs"],
    );
  });
  it("is NOT RUN where nothing came after the tune grid, as in the quick profile", () => {
    const { study, trials } = searched({ breaksFrom: 0.25, top: -4 });
    const tuned = trials.filter(({ stage }) => stage === "tune");
    const row = rowOf("H3", { study, trials: tuned });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "no search for the edge"],
    );
  });
  it("needs no AdamW", () => {
    const { study, trials } = searched({ breaksFrom: 0.25, top: -4 });
    const lone = trials.filter(({ arm }) => arm === "sing");
    assert.equal(rowOf("H3", { study, trials: lone }).state, "SUPPORTED");
  });
});

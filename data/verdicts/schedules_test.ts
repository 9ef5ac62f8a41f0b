import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import { reportStudy } from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

const studyOf = (constant: number, cosine: number, constantCosine: number) =>
  reportStudy("schedule", {
    "sing constant": constant,
    "sing cosine": cosine,
    "sing constant cosine": constantCosine,
  });

describe("readSchedules", () => {
  for (
    const [constant, cosine, constantCosine, state] of [
      [0.2, 0.15, 0.2, "SUPPORTED"],
      [0.2, 0.15, 0.25, "REFUTED"],
      [0.2, 0.25, 0.15, "REFUTED"],
      [0.2, 0.22, 0.15, "INCONCLUSIVE"],
    ] as const
  ) {
    it(`is ${state} for y of ${cosine} and ${constantCosine} against ${constant}`, () => {
      const row = rowOf("H5", studyOf(constant, cosine, constantCosine));
      assert.equal(row.state, state);
      const gaps = [cosine - constant, constantCosine - constant];
      for (const [i, { finding, comparison, unit }] of row.parts.entries()) {
        assert.ok(finding.kind === "estimate");
        isClose(finding.estimate.mean, gaps[i]!, 0.003);
        assert.deepEqual(comparison!.verdict.finding, finding);
        assert.equal(unit, "y");
      }
    });
  }

  it("is NOT RUN without one of the schedules", () => {
    const { study, trials } = studyOf(0.2, 0.2, 0.2);
    const without = trials.filter(({ arm }) => arm !== "sing cosine");
    const row = rowOf("H5", { study, trials: without });
    assert.equal(row.state, "NOT RUN");
    assert.match(row.reason!, /^schedule: no tune runs of sing cosine/);
  });
});

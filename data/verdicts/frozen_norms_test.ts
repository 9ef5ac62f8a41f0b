import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { learningRateStudy, reportStudy } from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

const gain = { name: "norm/gain", shape: [64], rescales: true };
const kernel = { name: "kernel", shape: [64, 64], rescales: false };

const studyOf = (sing: number, adamw: number) =>
  reportStudy("layer_norm", {
    "sing": 0.2,
    "sing frozen": 0.2 + sing,
    "adamw": 0.3,
    "adamw frozen": 0.3 + adamw,
  }, { study: { parameters: [kernel, gain] } });

describe("readFrozenNorms", () => {
  for (
    const [sing, adamw, state] of [
      [0, 0, "SUPPORTED"],
      [0, 0.05, "REFUTED"],
      [0.05, 0, "REFUTED"],
      [-0.05, 0.02, "INCONCLUSIVE"],
    ] as const
  ) {
    it(`is ${state} where freezing costs SING ${sing} and AdamW ${adamw}`, () => {
      assert.equal(rowOf("H7", studyOf(sing, adamw)).state, state);
    });
  }

  it("is NOT APPLICABLE to a network known to have no such layers", () => {
    const of = (study: object) => {
      const { state, reason } = rowOf("H7", learningRateStudy({ study }));
      return [state, reason];
    };
    assert.deepEqual(of({ parameters: [kernel] }), [
      "NOT APPLICABLE",
      undefined,
    ]);
    const notRun = ["NOT RUN", "no study of layer_norm"];
    assert.deepEqual(of({ parameters: [kernel, gain] }), notRun);
    assert.deepEqual(of({}), notRun);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate } from "../../data/statistics/estimate.ts";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { accuracyComparison } from "./final_scores.ts";

const difference = {
  name: "no decay: SING against AdamW",
  arm: "sing",
  pairs: [{ seed: 1, value: 0.01 }, { seed: 2, value: -0.02 }],
  planned: 2,
  estimate: estimate([0.01, -0.02]),
};

describe("accuracyComparison", () => {
  it("draws differences in percentage points, around 0", () => {
    const layers = layersOf(accuracyComparison([difference]));
    assert.deepEqual(
      rowsOf(layers, { size: 40 }).map(({ value, text }) => [value, text]),
      [[1, "+1.00"], [-2, "−2.00"]],
    );
    assert.deepEqual(
      rowsOf(layers, { size: 110 }).map(({ value, text }) => [value, text]),
      [[-0.5, "−0.50"]],
    );
    assert.deepEqual(rowsOf(layers, { color: "var(--line)" }), [{ value: 0 }]);
  });

  it("is not drawn without a pair", () => {
    assert.equal(accuracyComparison([{ ...difference, pairs: [] }]), null);
  });
});

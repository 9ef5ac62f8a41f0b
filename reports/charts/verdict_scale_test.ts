import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  lossScale,
  lowerScale,
  ratioScale,
  scaleOf,
  valueScale,
  type VerdictScale,
} from "./scales.ts";

describe("a verdict's scale", () => {
  const written: readonly (readonly [VerdictScale, number, string])[] = [
    [ratioScale, 0.9, "7.9×"],
    [ratioScale, -0.3, "0.50×"],
    [lowerScale, -1, "10× lower"],
    [lowerScale, 0.5, "3.2× higher"],
    [lowerScale, 0.001, "1.0×"],
    [valueScale, -1.5, "3.2e-2"],
    [lossScale, Math.log(1.02), "+2.0%"],
    [lossScale, Math.log(0.996), "−0.40%"],
    [lossScale, Math.log(3), "+200%"],
    [lossScale, 0.00001, "0%"],
  ];
  for (const [scale, value, text] of written) {
    it(`writes ${value} as ${text}`, () => {
      assert.equal(scale.format(value), text);
    });
  }

  it("marks half decades, and whole ones over a long range", () => {
    assert.deepEqual(ratioScale.ticks(-0.2, 1.6), [0, 0.5, 1, 1.5]);
    assert.deepEqual(ratioScale.ticks(-1.2, 2.2), [-1, 0, 1, 2]);
  });

  it("marks changes of the loss at round percentages", () => {
    const percent = lossScale.ticks(-0.021, 0.055)
      .map((tick) => Math.round(100 * Math.expm1(tick)));
    assert.deepEqual(percent, [-2, 0, 2, 4]);
  });

  it("is that of the claim: a place for H4, a change of the loss for scores", () => {
    assert.equal(scaleOf("H1", { unit: "decades" }), ratioScale);
    assert.equal(scaleOf("H2", { unit: "decades" }), lowerScale);
    assert.equal(scaleOf("H3", { unit: "decades" }), ratioScale);
    assert.equal(scaleOf("H4", { unit: "decades" }), valueScale);
    assert.equal(scaleOf("H4", { unit: "y" }), lossScale);
  });
});

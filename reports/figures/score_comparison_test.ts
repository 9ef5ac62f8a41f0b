import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate } from "../../data/statistics/estimate.ts";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { type ScoreComparison, scoreComparison } from "./score_comparison.ts";

const score = (y: number, diverged = false) => ({ y, y0: 0.8, diverged });

function comparison(
  differences: readonly number[],
  changes: Partial<ScoreComparison> = {},
): ScoreComparison {
  return {
    title: "one against other",
    candidate: "sing by the rule",
    reference: "sing",
    stage: "report",
    pairs: differences.map((difference, i) => ({
      seed: 100_000 + i,
      difference,
      candidate: score(difference - 1),
      reference: score(-1),
    })),
    planned: differences.length,
    estimate: estimate(differences),
    ...changes,
  };
}

describe("scoreComparison", () => {
  const layers = layersOf(scoreComparison([comparison([0, 0.01, 0.02])]));

  it("draws a point a seed, with the change of the loss in its tooltip", () => {
    assert.deepEqual(rowsOf(layers, { type: "point", size: 40 }), [
      { row: "one against other", value: 0, seed: "100000", text: "0%" },
      { row: "one against other", value: 0.01, seed: "100001", text: "+1.0%" },
      { row: "one against other", value: 0.02, seed: "100002", text: "+2.0%" },
    ]);
  });

  it("draws the mean and its 90% interval", () => {
    const [mean] = rowsOf(layers, { type: "point", size: 110 });
    assert.deepEqual([mean?.["value"], mean?.["text"]], [0.01, "+1.0%"]);
    const [bar] = rowsOf(layers, { type: "rule", strokeWidth: 3 });
    // t of 0.95 with 2 degrees of freedom, 2.91999, by 0.01 / sqrt(3)
    assert.deepEqual(bar, {
      row: "one against other",
      low: -0.0068585,
      high: 0.026859,
    });
  });

  it("marks the margins that lie in the plot", () => {
    const margins = (highest: number) =>
      rowsOf(
        layersOf(scoreComparison([comparison([0, highest])])),
        { type: "rule", color: "var(--muted)" },
      ).map(({ value }) => value);
    assert.deepEqual(margins(0.001), [0.01, 0.02]);
    assert.deepEqual(margins(0.1), [0.01, 0.02, 0.05]);
  });

  it("says which of two runs diverged", () => {
    const pairs = [{
      seed: 7,
      difference: 1,
      candidate: score(0.8, true),
      reference: score(-0.2),
    }];
    const drawn = layersOf(scoreComparison([comparison([1], { pairs })]));
    const [seed] = rowsOf(drawn, { type: "point", size: 40 });
    assert.equal(seed?.["text"], "+172%, the first diverged");
  });

  it("draws the pairs that are there without a mean, and one seed without an interval", () => {
    const partly = comparison([0.01, 0.02], { planned: 3, estimate: null });
    const of = (one: ScoreComparison) => layersOf(scoreComparison([one]));
    assert.deepEqual(rowsOf(of(partly), { size: 110 }), []);
    assert.equal(rowsOf(of(partly), { size: 40 }).length, 2);
    const single = of(comparison([0.01]));
    assert.equal(rowsOf(single, { size: 110 }).length, 1);
    assert.deepEqual(rowsOf(single, { strokeWidth: 3 }), []);
  });

  it("is not drawn without a pair", () => {
    assert.equal(scoreComparison([comparison([], { estimate: null })]), null);
    assert.equal(scoreComparison([]), null);
  });
});

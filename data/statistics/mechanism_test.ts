import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { predictedRatio, regress, stepRatio } from "./mechanism.ts";
import { isClose } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };

describe("stepRatio", () => {
  it("agrees with NumPy's logaddexp, from a scalar to a 512 to 512 convolution", () => {
    for (const [entries, expected] of reference.stepRatios) {
      isClose(stepRatio(entries!) / expected!, 1, 1e-12);
    }
  });
});

describe("predictedRatio", () => {
  it("is 3.0 at 64 x 64, 6.4 for a 64 to 64 convolution, 44 for 512 to 512", () => {
    isClose(predictedRatio([[64, 64]])!, 3.0, 0.05);
    isClose(predictedRatio([[3, 3, 64, 64]])!, 6.4, 0.05);
    isClose(predictedRatio([[3, 3, 512, 512]])!, 44, 0.5);
  });
  it("weights the logarithms by size and leaves out tensors of rank 1", () => {
    const expected = 2 * Math.exp(
      (100 * Math.log(stepRatio(100)) + 400 * Math.log(stepRatio(400))) / 500,
    );
    isClose(predictedRatio([[10, 10], [64], [20, 20]])!, expected, 1e-12);
  });
  it("is R without LookAhead, 2 without softplus, 1 without both", () => {
    const of = (softplus: boolean, lookahead: boolean) =>
      predictedRatio([[64, 64]], { softplus, lookahead })!;
    isClose(of(true, false), stepRatio(4096), 1e-12);
    assert.deepEqual([of(false, true), of(false, false)], [2, 1]);
  });
  it("is null for a network without weights of rank above 1", () => {
    assert.equal(predictedRatio([[64], []]), null);
  });
});

const through = (...points: [number, number][]) =>
  regress(points.map(([x, y]) => ({ x, y })));

describe("regress", () => {
  it("agrees with SciPy's linregress and t intervals", () => {
    for (const { predicted, measured, ...expected } of reference.lines) {
      const points = predicted.map((x, i) => ({ x, y: measured[i]! }));
      const line = regress(points)!;
      assert.equal(line.n, points.length);
      isClose(line.slope, expected.slope, 1e-12);
      isClose(line.intercept, expected.intercept, 1e-12);
      for (const name of ["slope95", "intercept95"] as const) {
        isClose(line[name].low, expected[name][0]!, 1e-6);
        isClose(line[name].high, expected[name][1]!, 1e-6);
      }
    }
  });
  it("has no width through points on a line", () => {
    const line = through([0, 1], [1, 3], [2, 5])!;
    assert.deepEqual([line.slope, line.intercept], [2, 1]);
    assert.deepEqual(line.slope95, { low: 2, high: 2 });
  });
  it("is null for two points, and for points above each other", () => {
    assert.equal(through([0, 1], [1, 3]), null);
    assert.equal(through([0.1, 1], [0.1, 3], [0.1, 5]), null);
    assert.equal(through(), null);
  });
});

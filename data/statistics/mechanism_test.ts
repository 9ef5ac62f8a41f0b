import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { predictedRatio, stepRatio } from "./mechanism.ts";
import { isClose } from "./testdata/is_close.ts";
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

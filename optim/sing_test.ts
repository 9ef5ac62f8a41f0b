import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { sing, type SingOptions } from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

describe("sing", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("exempts parameters from normalization", () => {
    const isKernel = (name: string) => name.endsWith("kernel");
    const [kernel, bias] = path({ normalized: isKernel });
    const [allKernel, allBias] = path({});
    const [, noneBias] = path({ normalize: false });
    assert.deepEqual([kernel, bias], [allKernel, noneBias]);
    assert.notDeepEqual(bias, allBias);
  });

  // Entries of a normalized gradient are 1/sqrt(D), and softplus_50 has a floor.
  for (const [side, ratio] of [[1, 1], [64, 1.4825], [256, 4.0733]] as const) {
    it(`takes a first step ${ratio} times shorter than AdamW's at ${side} x ${side}`, () => {
      const shape = [side, side];
      const parameter = tf.variable(tf.zeros(shape), true, `square_${side}`);
      const options = {
        learningRate: 0.1,
        centralize: false,
        lookahead: false,
      };
      const tensor = tf.fill(shape, 7);
      sing(options).applyGradients([{ name: parameter.name, tensor }]);
      const step = -parameter.dataSync()[0]!;
      assert.ok(Math.abs(0.1 / step - ratio) < 1e-4, `${0.1 / step}`);
    });
  }
});

/** Parameters after three steps with fixed gradients. */
function path(options: SingOptions): Float32Array[] {
  const problem = new Problem();
  const optimizer = sing({ learningRate: 0.05, ...options });
  for (let step = 1; step <= 3; step++) {
    const gradients = problem.gradients((i) => Math.sin(step * (i + 1)));
    optimizer.applyGradients(gradients);
  }
  return problem.values();
}

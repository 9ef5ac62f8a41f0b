import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { lion } from "./lion.ts";

describe("lion", () => {
  beforeAll(() => useBackend("tensorflow"));
  afterEach(() => tf.disposeVariables());

  it("steps by the sign of its momentum, after decay", () => {
    const parameter = tf.variable(tf.tensor2d([[1, -2, 3]]));
    const optimizer = lion({ learningRate: 0.1, weightDecay: 0.5 });
    const apply = (gradient: number[]) => {
      const grads = { [parameter.name]: tf.tensor2d([gradient]) };
      optimizer.applyGradients(grads);
      return [...parameter.dataSync()];
    };
    // Momentum 0: signs of the gradient. 1 * 0.95 - 0.1, -2 * 0.95 + 0.1, 3 * 0.95 - 0
    near(apply([4, -1, 0]), [0.85, -1.8, 2.85]);
    // Momentum 0.04, -0.01, 0; directions 0.036 - 0.01, -0.009 + 0.2, 0.3
    near(apply([-0.1, 2, 3]), [0.7075, -1.81, 2.6075]);
    optimizer.dispose();
  });
});

function near(actual: readonly number[], expected: readonly number[]): void {
  const off = actual.map((value, i) => Math.abs(value - expected[i]!));
  assert.ok(Math.max(...off) < 1e-6, `${actual} is not ${expected}`);
}

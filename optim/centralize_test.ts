import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { centralize, outputAxes, sing } from "./mod.ts";

describe("centralize", () => {
  beforeAll(() => useBackend("cpu"));

  it("takes the mean over the inputs of each unit of a dense kernel", () => {
    const centred = centralize(tf.tensor2d([[1, 10], [3, 30]]));
    assert.deepEqual(centred.arraySync(), [[-1, -10], [1, 10]]);
  });

  it("takes the mean over window and inputs of each unit of a convolution", () => {
    const gradient = tf.range(0, 36).reshape([3, 3, 2, 2]);
    const means = centralize(gradient).mean([0, 1, 2]).arraySync();
    assert.deepEqual(means, [0, 0]);
    assert.equal(centralize(gradient).max().dataSync()[0], 17);
  });

  it("takes the mean over a whole position table", () => {
    const centred = centralize(tf.tensor3d([[[1, 2], [3, 6]]]));
    assert.deepEqual(centred.arraySync(), [[[-2, -1], [0, 3]]]);
  });

  it("leaves biases and scalars alone", () => {
    assert.deepEqual(centralize(tf.tensor1d([1, 3])).arraySync(), [1, 3]);
    assert.equal(centralize(tf.scalar(2)).arraySync(), 2);
  });

  it("averages over all axes but those that it is told", () => {
    const kernel = tf.tensor3d([[[1, 2], [3, 6]]]); // [1, in, out]
    assert.deepEqual(centralize(kernel, [2]).arraySync(), [[[-1, -2], [1, 2]]]);
  });

  it("counts negative axes from the end", () => {
    const kernel = tf.randomNormal([3, 2, 4], 0, 1, "float32", 1);
    for (const axis of [0, 1, 2]) {
      assert.deepEqual(
        centralize(kernel, [axis - 3]).arraySync(),
        centralize(kernel, [axis]).arraySync(),
      );
    }
  });

  for (const axis of [2, -3, 0.5, NaN]) {
    it(`refuses the axis ${axis} of a matrix`, () => {
      assert.throws(() => centralize(tf.ones([2, 2]), [axis]), {
        name: "RangeError",
        message: "Cannot centralize a gradient as its output axes must be " +
          `integers in [-2, 2): current value is ${axis}`,
      });
    });
  }
});

describe("sing", () => {
  beforeAll(() => useBackend("cpu"));

  it("centralizes over the axes of its option", () => {
    const zero = tf.variable(tf.zeros([1, 2, 2]), true, "conv1d");
    const optimizer = sing({
      lookahead: false,
      outputAxes: (name, shape) =>
        name === "conv1d" ? [2] : outputAxes(name, shape),
    });
    // Each unit's inputs agree, so nothing is left of them.
    const tensor = tf.tensor3d([[[1, 2], [1, 2]]]);
    optimizer.applyGradients([{ name: "conv1d", tensor }]);
    assert.deepEqual([...zero.dataSync()], [0, 0, 0, 0]);
  });
});

import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, useBackend } from "./mod.ts";

describe("the filter gradient of a 1x1 convolution with strides", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const [channels, size] of [[1, 28], [3, 7], [4, 28], [8, 14]] as const) {
    for (const jit of ["eager", "graph", "xla"] as const) {
      it(`is the sum over the pixels that it sees (${channels} channels, ${jit})`, () => {
        const shape = [2, size, size, channels] as const;
        const x = tf.randomNormal([...shape], 0, 1, "float32", 1);
        const filter = tf.variable(tf.ones([1, 1, channels, 8]));
        const gradient = compile(() => {
          const { grads } = tf.variableGrads(
            () =>
              tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same")
                .sum(),
            [filter],
          );
          return grads[filter.name]!;
        }, { jit });
        // Repeated, as memory that was written past its end fails later.
        for (let i = 0; i < 20; i++) gradient().dispose();
        const found = gradient().dataSync();
        const seen = x.stridedSlice([0, 0, 0, 0], [...shape], [1, 2, 2, 1]);
        const sums = seen.sum([0, 1, 2]).dataSync();
        found.forEach((value, i) => {
          const expected = sums[Math.floor(i / 8)]!;
          assert.ok(Math.abs(value - expected) < 1e-3, `${value}, ${expected}`);
        });
        gradient.dispose();
        tf.disposeVariables();
      });
    }
  }
});

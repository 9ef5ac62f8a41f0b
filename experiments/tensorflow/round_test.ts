import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { liveHandles, useBackend } from "./mod.ts";

describe("tf.round on libtensorflow", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("gives an int32 tensor back as it is, which outlives its origin", () => {
    const before = liveHandles();
    const whole = tf.tidy(() =>
      tf.range(-12345678, -12345675, 1, "int32").neg()
    );
    const rounded = tf.round(whole);
    whole.dispose();
    assert.equal(rounded.dtype, "int32");
    assert.deepEqual([...rounded.dataSync()], [
      12345678,
      12345677,
      12345676,
    ]);
    rounded.dispose();
    assert.equal(liveHandles(), before);
  });

  it("rounds float32 tensors, halves to even", () => {
    const rounded = tf.round(tf.tensor1d([-1.5, 0.5, 1.5, 2.6]));
    assert.deepEqual([...rounded.dataSync()], [-2, 0, 2, 3]);
  });
});

import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  batchNormalization,
  compile,
  type CompileOptions,
  liveHandles,
  relu,
  useBackend,
} from "./mod.ts";

const JITS = ["eager", "graph", "xla"] as const;

/** Calls a function in one way, reads its result, and frees what that took. */
function call(
  fn: (...args: tf.Tensor[]) => tf.Tensor,
  jit: CompileOptions["jit"],
  ...args: tf.Tensor[]
): number[] {
  const compiled = compile(fn, { jit });
  const result = compiled(...args);
  const values = [...result.dataSync()];
  result.dispose();
  compiled.dispose();
  return values;
}

describe("a mended kernel", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("rounds an int32 tensor to itself, which outlives its origin", () => {
    const before = liveHandles();
    const whole = tf.tidy(() =>
      tf.range(-12345678, -12345675, 1, "int32").neg()
    );
    const rounded = tf.round(whole);
    whole.dispose();
    assert.equal(rounded.dtype, "int32");
    assert.deepEqual([...rounded.dataSync()], [12345678, 12345677, 12345676]);
    rounded.dispose();
    assert.equal(liveHandles(), before);
  });

  it("rounds float32 tensors, halves to even", () => {
    const rounded = tf.round(tf.tensor1d([-1.5, 0.5, 1.5, 2.6]));
    assert.deepEqual([...rounded.dataSync()], [-2, 0, 2, 3]);
  });

  for (const jit of JITS) {
    it(`takes exp and mean of int32 and bool tensors, and leaves them (${jit})`, () => {
      for (const dtype of ["float32", "int32", "bool"] as const) {
        const x = tf.tensor1d([1, 0, 0, 1], dtype);
        const before = [tf.memory().numTensors, x.isDisposed];
        assert.deepEqual(call((x) => tf.mean(x!), jit, x), [0.5], dtype);
        if (dtype === "bool") continue; // not for tf.exp
        call((x) => tf.exp(x!), jit, x).forEach((value, i) =>
          assert.ok(Math.abs(value - [Math.E, 1, 1, Math.E][i]!) < 1e-6)
        );
        assert.deepEqual([tf.memory().numTensors, x.isDisposed], before);
      }
    });
  }

  for (
    const [equation, ...shapes] of [
      ["ij,jk->ik", [2, 3], [3, 4]],
      ["bij,bkj->bik", [2, 3, 4], [2, 5, 4]],
      ["ij,jk->k", [2, 3], [3, 4]],
      ["ij,k->jk", [2, 3], [4]],
      ["ij->ji", [2, 3]],
      ["ijk->j", [2, 3, 4]],
      ["i,j->", [2], [3]],
    ] as [string, ...number[][]][]
  ) {
    it(`differentiates einsum: ${equation}`, () => {
      const operands = shapes.map((shape, seed) =>
        tf.randomNormal([...shape], 0, 1, "float32", seed + 1)
      );
      const loss = (...operands: tf.Tensor[]) =>
        tf.einsum(equation, ...operands).square().sum();
      const gradients = tf.grads(loss)(operands);
      const compiled = compile(
        (...operands: tf.Tensor[]) => tf.grads(loss)(operands),
        { jit: "graph" },
      );
      const recorded = compiled(...operands);
      operands.forEach((operand, index) => {
        const values = operand.dataSync();
        const found = gradients[index]!.dataSync();
        assert.deepEqual(gradients[index]!.shape, operand.shape);
        values.forEach((_, at) => {
          const moved = [1, -1].map((side) => {
            const others = [...operands];
            const near = values.slice();
            near[at]! += side * 0.1;
            others[index] = tf.tensor(near, operand.shape);
            return loss(...others).dataSync()[0]!;
          });
          // Of a quadratic function the central difference is exact.
          const expected = (moved[0]! - moved[1]!) / 0.2;
          const off = Math.abs(found[at]! - expected);
          assert.ok(off < 1e-3 * Math.max(1, Math.abs(expected)), `${off}`);
        });
        const again = recorded[index]!.dataSync();
        found.forEach((value, at) =>
          assert.ok(Math.abs(value - again[at]!) <= 1e-5 * Math.abs(value))
        );
      });
      compiled.dispose();
    });
  }

  for (const [channels, size] of [[1, 28], [3, 7], [4, 28], [8, 14]] as const) {
    for (const jit of JITS) {
      it(`sums the filter gradient over what is seen (${channels} channels, ${jit})`, () => {
        const shape = [2, size, size, channels] as const;
        const x = tf.randomNormal([...shape], 0, 1, "float32", 1);
        const filter = tf.ones([1, 1, channels, 8]);
        const gradient = compile(
          (filter: tf.Tensor) =>
            tf.grad((filter) =>
              tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same")
                .sum()
            )(filter),
          { jit },
        );
        // Repeated, as memory that was written past its end fails later.
        for (let i = 0; i < 20; i++) gradient(filter).dispose();
        const found = gradient(filter).dataSync();
        const seen = x.stridedSlice([0, 0, 0, 0], [...shape], [1, 2, 2, 1]);
        const sums = seen.sum([0, 1, 2]).dataSync();
        found.forEach((value, i) => {
          const expected = sums[Math.floor(i / 8)]!;
          assert.ok(Math.abs(value - expected) < 1e-3, `${value}, ${expected}`);
        });
        gradient.dispose();
      });
    }
  }
});

/** A layer before an activation, of images and two vectors [channels]. */
type Layer = (x: tf.Tensor4D, a: tf.Tensor1D, b: tf.Tensor1D) => tf.Tensor4D;

const LAYERS: Record<string, Layer> = {
  "batch normalization": (x, a, b) => batchNormalization(x, a, b, 1e-5).y,
  "batch normalization with fixed statistics": (x, a, b) =>
    tf.batchNorm4d(x, tf.zerosLike(a), tf.onesLike(a), b, a, 1e-5),
  "convolution and bias": (x, a, b) => {
    const filter = tf.ones([1, 1, a.size, a.size]).mul<tf.Tensor4D>(a);
    return tf.conv2d(x, filter, 1, "same").add(b);
  },
  "depthwise convolution and bias": (x, a, b) => {
    const filter = a.reshape<tf.Tensor4D>([1, 1, a.size, 1]);
    return tf.depthwiseConv2d(x, filter, 1, "same").add(b);
  },
  "matrix product and bias": (x, a, b) => {
    const filter = tf.ones([a.size, a.size]).mul<tf.Tensor2D>(a);
    return x.reshape<tf.Tensor2D>([-1, a.size]).matMul(filter).add(b)
      .reshape(x.shape);
  },
};

/** What oneDNN's convolutions take over, fused. */
const ACTIVATIONS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu,
  relu6: tf.relu6,
};

describe("NaN in one of three inputs", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const [layerName, layer] of Object.entries(LAYERS)) {
    it(`stays NaN through ${layerName}, 1 to 64 channels`, () => {
      for (const [name, activation] of Object.entries(ACTIVATIONS)) {
        for (const channels of [1, 2, 4, 7, 8, 16, 32, 64]) {
          // XLA compiles each for a tenth of a second and fuses nothing of oneDNN's.
          const jits = channels === 8 ? JITS : JITS.slice(0, 2);
          const images = [2, 2, 2, channels];
          [images, [channels], [channels]].forEach((_, bad, shapes) => {
            const inputs = shapes.map((shape, index) =>
              withFirst(shape, index === bad ? NaN : 1)
            );
            const counts = jits.map((jit) =>
              call(
                (...inputs) =>
                  activation(layer(...inputs as Parameters<Layer>)),
                jit,
                ...inputs,
              ).filter(Number.isNaN).length
            );
            tf.dispose(inputs);
            const what = `${name}, ${channels} channels, input ${bad}`;
            assert.ok(counts[0]! > 0, what);
            assert.deepEqual(counts, counts.map(() => counts[0]), what);
          });
        }
      }
    });
  }
});

/** A first entry, and after it 1, 2, 3, 1, … */
function withFirst(shape: readonly number[], first: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, (_, i) => 1 + i % 3);
  values[0] = first;
  return tf.tensor(values, [...shape]);
}

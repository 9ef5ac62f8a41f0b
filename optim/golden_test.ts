import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import type { TenfoldOptimizer } from "./mod.ts";
import {
  build,
  cases,
  curves,
  fromPyTorch,
  type GoldenCase,
  gradients,
  initial,
  network,
  shapes,
  toPyTorch,
} from "./testdata/golden.ts";

/** Of the largest entry of each tensor; float32 costs half of it. */
const TOLERANCE = 1e-6;

for (const backend of ["cpu", "tensorflow"] as const) {
  describe(`optimizers on the ${backend} backend`, () => {
    beforeAll(() => useBackend(backend));

    for (const golden of cases) {
      it(`follow the reference: ${golden.name}`, () => {
        assertBelow(tf.tidy(() => trajectoryError(golden)), TOLERANCE);
      });
    }

    for (const curve of curves) {
      it(`train a network as the reference does: ${curve.optimizer}`, () => {
        const losses = trainNetwork(build(curve), curve.loss.length);
        assertBelow(relativeError(losses, curve.loss), TOLERANCE);
      });
    }
  });
}

function trajectoryError(golden: GoldenCase): number {
  const optimizer = build(golden);
  const parameters = Object.entries(initial).map(([name, values]) =>
    tf.variable(fromPyTorch(values, shapes[name]!), true, `golden/${name}`)
  );
  const errors = golden.trajectory.flatMap((expected, i) => {
    const learningRate = golden.lr_per_step?.[i];
    if (learningRate) optimizer.prepare(i + 1, { learningRate });
    optimizer.applyGradients(gradientsOf(golden, i));
    return Object.values(expected).map((values, p) =>
      relativeError(toPyTorch(parameters[p]!), values)
    );
  });
  tf.dispose(parameters);
  optimizer.dispose();
  return Math.max(...errors);
}

function gradientsOf(golden: GoldenCase, step: number) {
  const values = gradients[golden.gradients]![step]!;
  return Object.keys(initial).map((name) => ({
    name: `golden/${name}`,
    tensor: fromPyTorch(values[name]!, shapes[name]!),
  }));
}

/** Losses before each step. */
function trainNetwork(optimizer: TenfoldOptimizer, steps: number): number[] {
  const { x, x_shape, labels, w1_oi, w1_shape, w2_oi, w2_shape } = network;
  const images = tf.tensor2d(x, x_shape);
  const classes = tf.oneHot(labels, w2_shape[0]!);
  const w1 = tf.variable(fromPyTorch(w1_oi, w1_shape) as tf.Tensor2D);
  const w2 = tf.variable(fromPyTorch(w2_oi, w2_shape) as tf.Tensor2D);
  const b1 = tf.variable(tf.zeros([w1_shape[0]!]));
  const b2 = tf.variable(tf.zeros([w2_shape[0]!]));
  const loss = () => {
    const hidden = images.matMul(w1).add(b1).tanh();
    const logits = hidden.matMul(w2 as tf.Tensor).add(b2);
    return tf.losses.softmaxCrossEntropy(classes, logits).asScalar();
  };
  const variables = [w1, b1, w2, b2] as tf.Variable[];
  return Array.from({ length: steps }, () => {
    const cost = optimizer.minimize(loss, true, variables)!;
    return cost.dataSync()[0]!;
  });
}

/** Largest difference, relative to the largest entry. */
function relativeError(
  actual: ArrayLike<number>,
  expected: readonly number[],
): number {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(
    ...expected.map((value, i) => Math.abs(actual[i]! - value) / largest),
  );
}

function assertBelow(error: number, tolerance: number): void {
  assert.ok(error < tolerance, `error ${error} is not below ${tolerance}`);
}

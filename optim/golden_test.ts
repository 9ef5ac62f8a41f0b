import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  compile,
  type CompileOptions,
  useBackend,
} from "../experiments/tensorflow/mod.ts";
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

for (
  const [backend, jit] of [
    ["cpu", "eager"],
    ["tensorflow", "eager"],
    ["tensorflow", "graph"],
    ["tensorflow", "xla"],
  ] as const
) {
  describe(`optimizers on the ${backend} backend, ${jit},`, () => {
    beforeAll(() => useBackend(backend));

    for (const golden of cases) {
      it(`follow the reference: ${golden.name}`, () => {
        assertBelow(tf.tidy(() => trajectoryError(golden, jit)), TOLERANCE);
      });
    }

    for (const curve of curves) {
      it(`train a network as the reference does: ${curve.optimizer}`, () => {
        const losses = trainNetwork(build(curve), curve.loss.length, jit);
        assertBelow(relativeError(losses, curve.loss), TOLERANCE);
      });
    }
  });
}

type Jit = CompileOptions["jit"];

function trajectoryError(golden: GoldenCase, jit: Jit): number {
  const optimizer = build(golden);
  const parameters = Object.entries(initial).map(([name, values]) =>
    tf.variable(fromPyTorch(values, shapes[name]!), true, `golden/${name}`)
  );
  optimizer.initialize(parameters);
  const update = compile((...tensors: tf.Tensor[]) => {
    optimizer.update(
      parameters.map(({ name }, i) => ({ name, tensor: tensors[i]! })),
    );
    return [];
  }, { jit });
  const errors = golden.trajectory.flatMap((expected, i) => {
    const learningRate = golden.lr_per_step?.[i];
    optimizer.prepare(i + 1, learningRate ? { learningRate } : {});
    update(...gradientsOf(golden, i));
    return Object.values(expected).map((values, p) =>
      relativeError(toPyTorch(parameters[p]!), values)
    );
  });
  update.dispose();
  tf.dispose(parameters);
  optimizer.dispose();
  return Math.max(...errors);
}

function gradientsOf(golden: GoldenCase, step: number): tf.Tensor[] {
  const values = gradients[golden.gradients]![step]!;
  return Object.keys(initial).map((name) =>
    fromPyTorch(values[name]!, shapes[name]!)
  );
}

/** Losses before each step. */
function trainNetwork(
  optimizer: TenfoldOptimizer,
  steps: number,
  jit: Jit,
): number[] {
  const { x, x_shape, labels, w1_oi, w1_shape, w2_oi, w2_shape } = network;
  const inputs = tf.tensor(x, x_shape);
  const classes = tf.oneHot(labels, w2_shape[0]!);
  const parameters = [
    fromPyTorch(w1_oi, w1_shape),
    tf.zeros([w1_shape[0]!]),
    fromPyTorch(w2_oi, w2_shape),
    tf.zeros([w2_shape[0]!]),
  ].map((initial) => tf.variable(initial));
  const [w1, b1, w2, b2] = parameters;
  const loss = () => {
    const hidden = inputs.matMul(w1!).add(b1!).tanh();
    const logits = hidden.matMul(w2!).add(b2!);
    return tf.losses.softmaxCrossEntropy(classes, logits).asScalar();
  };
  optimizer.initialize(parameters);
  const step = compile(() => {
    const { value, grads } = tf.variableGrads(loss, parameters);
    optimizer.update(grads);
    return value;
  }, { jit });
  const losses = Array.from({ length: steps }, (_, i) => {
    optimizer.prepare(i + 1);
    return step().dataSync()[0]!;
  });
  step.dispose();
  return losses;
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

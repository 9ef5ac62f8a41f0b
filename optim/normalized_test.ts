import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, useBackend } from "../experiments/tensorflow/mod.ts";
import {
  adamw,
  type Normalized,
  normalized,
  sing,
  type TenfoldOptimizer,
} from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

describe("normalized", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("makes plain gradient descent take steps of the learning rate's length", () => {
    const problem = new Problem();
    const [kernel, bias] = problem.values();
    const optimizer = normalized(tf.train.sgd(0.1));
    optimizer.minimize(() => problem.loss(), false, problem.parameters);
    const [newKernel, newBias] = problem.values();
    assert.ok(Math.abs(distance(newKernel!, kernel!) - 0.1) < 1e-6);
    assert.ok(Math.abs(distance(newBias!, bias!) - 0.1) < 1e-6);
  });

  it("makes AdamW what SING is with nothing but normalization", () => {
    const options = { learningRate: 0.05, weightDecay: 0.1 };
    const [a, b] = [new Problem(), new Problem()];
    const wrapped = normalized(adamw(options));
    const alone = sing({
      ...options,
      centralize: false,
      softplus: false,
      lookahead: false,
    });
    for (let step = 0; step < 5; step++) {
      wrapped.minimize(() => a.loss(), false, a.parameters);
      alone.minimize(() => b.loss(), false, b.parameters);
    }
    assert.deepEqual(a.values(), b.values());
    assert.equal(wrapped.iterations, 5);
  });

  it("is scheduled, compiled and reset as the optimizer that it wraps", async () => {
    await useBackend("tensorflow");
    const [a, b] = [new Problem(), new Problem()];
    const start = a.values();
    const wrapped = normalized(adamw());
    const alone = sing({
      weightDecay: 1e-2,
      centralize: false,
      softplus: false,
      lookahead: false,
    });
    const run = () => [path(wrapped, a), path(alone, b)];
    const [first, expected] = run();
    assert.deepEqual(first, expected);
    assert.notDeepEqual(first, start);
    [a, b].forEach((problem) => problem.set(start));
    [wrapped, alone].forEach((optimizer) => optimizer.reset());
    assert.equal(wrapped.iterations, 0);
    assert.deepEqual(run(), [first, expected]);
    await useBackend("cpu");
  });

  it("refuses to schedule or compile an optimizer that cannot be", () => {
    const optimizer = normalized(tf.train.sgd(0.1));
    for (
      const [action, act] of [
        ["prepare a step", () => optimizer.prepare(1)],
        ["initialize", () => optimizer.initialize([])],
        ["update", () => optimizer.update([])],
        ["reset", () => optimizer.reset()],
        ["change the weight decay", () => optimizer.weightDecay = 1],
      ] as const
    ) {
      assert.throws(act, {
        name: "TypeError",
        message:
          `Cannot ${action} as the wrapped optimizer must be one of SING, AdamW, Lion, MARS: current value is SGD`,
      });
    }
  });

  it("is the same again from configuration and weights", async () => {
    const [a, b] = [new Problem(), new Problem()];
    const first = normalized(tf.train.adam(0.1, 0.8));
    first.minimize(() => a.loss(), false, a.parameters);
    const second = copy(first);
    await second.setWeights(await first.getWeights());
    b.set(a.values());
    first.minimize(() => a.loss(), false, a.parameters);
    second.minimize(() => b.loss(), false, b.parameters);
    assert.deepEqual(a.values(), b.values());
    assert.deepEqual(second.getConfig(), first.getConfig());
  });

  it("frees what the wrapped optimizer holds, and leaks nothing", () => {
    const problem = new Problem();
    const before = tf.memory().numTensors;
    const optimizer = normalized(sing());
    const step = () =>
      optimizer.minimize(() => problem.loss(), false, problem.parameters);
    step();
    const during = tf.memory().numTensors;
    step();
    assert.equal(tf.memory().numTensors, during);
    optimizer.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it("takes a learning rate that is assigned at work, and an epsilon", () => {
    for (
      const [wrapped, alone] of [
        [tf.train.sgd(0.1), tf.train.sgd(0.01)],
        [tf.train.adam(0.1), tf.train.adam(0.01)],
        [adamw({ learningRate: 0.1 }), adamw({ learningRate: 0.01 })],
      ] as const
    ) {
      const [a, b] = [new Problem(), new Problem()];
      const changed = normalized(wrapped, { epsilon: 1 });
      changed.learningRate *= 0.1;
      assert.throws(() => changed.learningRate = -1, RangeError);
      const fixed = copy(normalized(alone, { epsilon: 1 }));
      changed.minimize(() => a.loss(), false, a.parameters);
      fixed.minimize(() => b.loss(), false, b.parameters);
      assert.ok(distance(a.values()[0]!, b.values()[0]!) < 1e-7);
    }
  });

  it("refuses what is not an optimizer", () => {
    assert.throws(
      () => normalized("adam" as never),
      /^TypeError: Cannot normalize gradients as .*: current value is adam$/,
    );
  });

  it("refuses to load a class that TensorFlow.js does not know", () => {
    const optimizer = normalized(sing());
    const config = { ...optimizer.getConfig(), className: "Tiger" };
    const Class = constructorOf(optimizer);
    assert.throws(
      () => Class.fromConfig(Class, config),
      /^RangeError: Cannot load an optimizer as .*: current value is Tiger$/,
    );
  });
});

/** Parameters after four compiled steps of a falling learning rate. */
function path(
  optimizer: Normalized | TenfoldOptimizer,
  problem: Problem,
): Float32Array[] {
  const { parameters } = problem;
  optimizer.initialize(parameters);
  const step = compile(() => {
    const { value, grads } = tf.variableGrads(() => problem.loss(), parameters);
    optimizer.update(grads);
    return value;
  }, { jit: "graph" });
  for (let i = 1; i <= 4; i++) {
    optimizer.prepare(i, { learningRate: 0.1 / i });
    step().dispose();
  }
  step.dispose();
  return problem.values();
}

function constructorOf(optimizer: Normalized) {
  return optimizer
    .constructor as tf.serialization.SerializableConstructor<Normalized>;
}

function copy(optimizer: Normalized): Normalized {
  const Class = constructorOf(optimizer);
  return Class.fromConfig(Class, optimizer.getConfig());
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((x, i) => x - b[i]!));
}

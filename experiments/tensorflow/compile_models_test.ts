import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, liveHandles, useBackend } from "./mod.ts";

const batch = 8;
const classes = 4;
const width = 16;

type Weights = tf.Variable[];

interface Network {
  /** Shapes of the weights, and of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly inputs: readonly number[];
  logits(inputs: tf.Tensor, weights: Weights): tf.Tensor;
}

const networks: Record<string, Network> = {
  convolution: {
    shapes: [[3, 3, 3, width], [width], [width], [width, classes]],
    inputs: [batch, 12, 12, 3],
    logits(inputs, [kernel, scale, offset, classifier]) {
      const x = tf.conv2d(
        inputs as tf.Tensor4D,
        kernel as tf.Tensor4D,
        2,
        "same",
      );
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const normal = tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-5,
      );
      return normal.relu().mean([1, 2]).matMul(classifier!);
    },
  },
  attention: {
    shapes: [[width, 3 * width], [3 * width], [width, width], [width, classes]],
    inputs: [batch, 10, width],
    logits(inputs, [project, bias, mix, classifier]) {
      const { mean, variance } = tf.moments(inputs, -1, true);
      const normal = inputs.sub(mean).mul(variance.add(1e-5).rsqrt());
      const [query, key, value] = normal.reshape([-1, width]).matMul(project!)
        .add(bias!)
        .reshape([batch, -1, 3, width]).unstack(2) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
      const weights = query.matMul(key, false, true).mul(0.25).softmax();
      const x = inputs.add(
        weights.matMul(value).reshape([-1, width]).matMul(mix!).tanh()
          .reshape(inputs.shape),
      );
      return x.mean(1).matMul(classifier!);
    },
  },
};

describe("a compiled training step", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const [name, network] of Object.entries(networks)) {
    for (const jit of ["graph", "xla"] as const) {
      it(`has the gradients of an eager one: ${name}, ${jit}`, () => {
        assertClose(gradients(network, jit), gradients(network, "eager"));
      });

      it(`trains to the same bits twice, and frees all: ${name}, ${jit}`, () => {
        const before = [liveHandles(), tf.memory().numTensors];
        const first = train(network, jit);
        assert.deepEqual(train(network, jit), first);
        assert.deepEqual([liveHandles(), tf.memory().numTensors], before);
        assert.ok(
          first.losses.at(-1)! < 0.6 * first.losses[0]!,
          `${first.losses}`,
        );
      });
    }
  }
});

/** Numbers between -1 and 1 that look random, the same in every run. */
function numbers(shape: readonly number[], seed: number): tf.Tensor {
  return tf.randomUniform([...shape], -1, 1, "float32", seed);
}

function setUp({ shapes, inputs }: Network) {
  const weights = shapes.map((shape, index) =>
    tf.tidy(() => tf.variable(numbers(shape, index + 1).mul(0.5)))
  );
  const images = numbers(inputs, 99);
  const labels = tf.tidy(() =>
    tf.oneHot(
      tf.range(0, batch, 1, "int32").mod(tf.scalar(classes, "int32")),
      classes,
    )
  );
  return { weights, images, labels };
}

function loss(
  network: Network,
  weights: Weights,
  images: tf.Tensor,
  labels: tf.Tensor,
) {
  return tf.losses.softmaxCrossEntropy(
    labels,
    network.logits(images, weights),
  ) as tf.Scalar;
}

/** The loss of the first step, and each weight's gradient. */
function gradients(
  network: Network,
  jit: "eager" | "graph" | "xla",
): Float32Array[] {
  const { weights, images, labels } = setUp(network);
  const step = compile((images: tf.Tensor, labels: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(() =>
      loss(network, weights, images, labels)
    );
    return [value, ...weights.map(({ name }) => grads[name]!)];
  }, { jit });
  const results = step(images, labels);
  const values = results.map((result) => result.dataSync() as Float32Array);
  step.dispose();
  tf.dispose([weights, images, labels, results]);
  return values;
}

/** Twenty steps of Adam, without its corrections, in one function. */
function train(network: Network, jit: "graph" | "xla") {
  const { weights, images, labels } = setUp(network);
  const moments = weights.map((weight) =>
    tf.tidy(() =>
      [
        tf.variable(tf.zerosLike(weight)),
        tf.variable(tf.onesLike(weight).mul(1e-3)),
      ] as const
    )
  );
  const step = compile((images: tf.Tensor, labels: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(
      () => loss(network, weights, images, labels),
      weights,
    );
    weights.forEach((weight, index) => {
      const [first, second] = moments[index]!;
      const gradient = grads[weight.name]!;
      first.assign(first.mul(0.9).add(gradient.mul(0.1)));
      second.assign(second.mul(0.99).add(gradient.square().mul(0.01)));
      weight.assign(weight.sub(first.div(second.sqrt().add(1e-8)).mul(0.1)));
    });
    return value;
  }, { jit });
  const losses = Array.from({ length: 20 }, () => {
    const result = step(images, labels);
    const [value] = result.dataSync();
    result.dispose();
    return value!;
  });
  const trained = weights.map((weight) => weight.dataSync());
  step.dispose();
  tf.dispose([weights, moments.flat(), images, labels]);
  return { losses, trained };
}

/** Within 1e-5 of the largest entry of each. */
function assertClose(actual: Float32Array[], expected: Float32Array[]): void {
  expected.forEach((values, index) => {
    const largest = Math.max(...values.map(Math.abs));
    const worst = Math.max(
      ...values.map((value, i) => Math.abs(value - actual[index]![i]!)),
    );
    assert.ok(largest > 1e-3, `tensor ${index} is nearly zero`);
    assert.ok(
      worst <= 1e-5 * largest,
      `tensor ${index} is off by ${worst / largest}`,
    );
  });
}

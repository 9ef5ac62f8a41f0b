import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { random } from "../../data/random.ts";
import { compile, type CompileOptions, useBackend } from "../tensorflow/mod.ts";
import { crossEntropy } from "./layers.ts";
import { buildModel, cnnConfig, type ModelConfig, vitConfig } from "./mod.ts";

const SHAPE = {
  classes: ["a", "b", "c", "d"],
  channels: 3,
  height: 16,
  width: 16,
};
const BATCH = 8;

const NETWORKS: Record<string, ModelConfig> = {
  cnn: cnnConfig({ widths: [8, 16], blocks: 1 }),
  vit: vitConfig({ patch: 4, dim: 16, depth: 2, heads: 2, layerScale: 0.1 }),
};

/** In multiples of a tensor's largest entry; XLA's own kernels sum in another order. */
const TOLERANCES = { graph: 1e-5, xla: 2e-5, fused: 2e-5 };

/** Of the first step, in the order of the parameters. */
function gradients(network: string, jit: CompileOptions["jit"]) {
  const model = buildModel(NETWORKS[network]!, SHAPE);
  model.initialize(1);
  const { images, labels } = data();
  const names = model.parameters.map(({ name }) => name);
  const differentiate = compile((images: tf.Tensor, labels: tf.Tensor) => {
    const { grads } = tf.variableGrads(
      () =>
        crossEntropy(model.apply(images as tf.Tensor4D), labels as tf.Tensor1D),
      [...model.parameters],
    );
    return names.map((name) => grads[name]!);
  }, { jit });
  const results = differentiate(images, labels);
  const values = results.map((result) => result.dataSync() as Float32Array);
  differentiate.dispose();
  model.dispose();
  tf.dispose([images, labels, results]);
  return names.map((name, index) => ({ name, values: values[index]! }));
}

function data() {
  const pixels = random(5, "gradients").fillNormal(
    new Float32Array(BATCH * 16 * 16 * 3),
    1,
  );
  const classes = Int32Array.from({ length: BATCH }, (_, i) => i % 4);
  return {
    images: tf.tensor4d(pixels, [BATCH, 16, 16, 3]),
    labels: tf.tensor1d(classes, "int32"),
  };
}

/** The largest difference, in multiples of the largest expected entry. */
function deviation(actual: Float32Array, expected: Float32Array): number {
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(largest > 0);
  return Math.max(
    ...expected.map((value, i) => Math.abs(value - actual[i]!)),
  ) / largest;
}

describe("a compiled network", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const network of Object.keys(NETWORKS)) {
    it(`has the gradients of the eager one: ${network}`, () => {
      const eager = gradients(network, "eager");
      for (const jit of ["graph", "xla", "fused"] as const) {
        const compiled = gradients(network, jit);
        compiled.forEach(({ name, values }, index) => {
          const off = deviation(values, eager[index]!.values);
          assert.ok(off <= TOLERANCES[jit], `${jit}, ${name}: off by ${off}`);
        });
      }
    });
  }
});

import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "./mod.ts";

const images = 64;
const side = 8;

describe("a layers model on libtensorflow", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("trains with model.fit: the loss falls, and twice to the same bits", async () => {
    const first = await train();
    const second = await train();
    assert.equal(tf.getBackend(), "tensorflow");
    assert.ok(first.losses.at(-1)! < first.losses[0]! / 2, `${first.losses}`);
    assert.deepEqual(second, first);
  });
});

/** The loss of each epoch, and the weights that a small network ends with. */
async function train() {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [side, side, 1],
        filters: 4,
        kernelSize: 3,
        kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
      }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({
        units: 2,
        activation: "softmax",
        kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
    ],
  });
  model.compile({
    optimizer: tf.train.adam(1e-2),
    loss: "sparseCategoricalCrossentropy",
  });
  const { pixels, labels } = stripes();
  const { history } = await model.fit(pixels, labels, {
    epochs: 5,
    batchSize: 16,
    shuffle: false,
    verbose: 0,
  });
  const weights = model.getWeights().map((weight) => weight.dataSync());
  model.dispose();
  tf.dispose([pixels, labels]);
  return { losses: history["loss"] as number[], weights };
}

/** Noisy stripes: vertical ones are class 0, horizontal ones are class 1. */
function stripes() {
  const pixels = tf.tidy(() => {
    const noise = tf.randomUniform([images, side, side, 1], 0, 1, "float32", 3);
    const stripe = tf.range(0, side).mod(2);
    const pair = tf.stack([
      stripe.reshape([1, side]).tile([side, 1]),
      stripe.reshape([side, 1]).tile([1, side]),
    ]);
    return pair.tile([images / 2, 1, 1]).expandDims(-1).add(noise);
  });
  const labels = tf.tidy(() => tf.range(0, images).mod(2));
  return { pixels, labels };
}

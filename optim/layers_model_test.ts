import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { adamw, normalized, sing } from "./mod.ts";

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
  sing: () => sing({ learningRate: 0.05 }),
  adamw: () => adamw({ learningRate: 0.05 }),
  "normalized Adam": () => normalized(tf.train.adam(0.05)),
};

for (const backend of ["cpu", "tensorflow"] as const) {
  for (const [name, create] of Object.entries(OPTIMIZERS)) {
    describe(`a layers model with ${name} on the ${backend} backend`, () => {
      beforeAll(() => useBackend(backend));
      afterEach(() => tf.disposeVariables());

      it("learns under fit, without a leak", async () => {
        const model = build(create());
        const { history } = await fit(model, 1);
        const before = tf.memory().numTensors;
        const later = await fit(model, 10);
        assert.equal(tf.memory().numTensors, before);
        const [first, last] = [history["loss"]![0], later.history["loss"]![9]];
        assert.ok(Number(last) < 0.5 * Number(first));
        assert.equal(model.optimizer.iterations, 44);
      });

      it("is saved in the middle of training and goes on the same", async () => {
        const model = build(create());
        await fit(model, 3);
        const saved = await save(model);
        const copy = await tf.loadLayersModel(
          tf.io.fromMemory(saved),
        ) as tf.LayersModel;
        assert.equal(copy.optimizer.iterations, 12);
        await fit(model, 2);
        await fit(copy, 2);
        assert.deepEqual(weights(copy), weights(model));
      });
    });
  }
}

/** Least squares on 16 examples in batches of 4: 4 steps an epoch. */
function build(optimizer: tf.Optimizer): tf.LayersModel {
  const kernelInitializer = () => tf.initializers.glorotNormal({ seed: 1 });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [3],
        units: 8,
        activation: "tanh",
        kernelInitializer: kernelInitializer(),
      }),
      tf.layers.dense({ units: 2, kernelInitializer: kernelInitializer() }),
    ],
  });
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

async function fit(model: tf.LayersModel, epochs: number) {
  const x = tf.randomNormal([16, 3], 0, 1, "float32", 2);
  const y = tf.tidy(() => x.slice([0, 0], [16, 2]).square());
  const history = await model.fit(x, y, {
    epochs,
    batchSize: 4,
    shuffle: false,
    verbose: 0,
  });
  tf.dispose([x, y]);
  return history;
}

async function save(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      const modelArtifactsInfo = {
        dateSaved: new Date(0),
        modelTopologyType: "JSON" as const,
      };
      return Promise.resolve({ modelArtifactsInfo });
    }),
    { includeOptimizer: true },
  );
  return saved!;
}

const weights = (model: tf.LayersModel) =>
  model.getWeights().map((weight) => weight.dataSync());

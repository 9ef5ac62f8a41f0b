import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, useBackend } from "../tensorflow/mod.ts";
import { crossEntropy } from "./layers.ts";
import { buildModel, cnnConfig, vitConfig } from "./mod.ts";

const SHAPE = { classes: ["a", "b", "c"], channels: 1, height: 8, width: 8 };

/** Widths that oneDNN's kernels like, which is where they once made 0 of NaN. */
const NETWORKS = {
  cnn: cnnConfig({ widths: [16, 32, 64], blocks: 1 }),
  vit: vitConfig({ patch: 4, dim: 16, depth: 1, heads: 2, layerScale: 0.1 }),
};

describe("NaN in a parameter", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const [name, config] of Object.entries(NETWORKS)) {
    for (const jit of ["eager", "graph", "fused", "xla"] as const) {
      it(`makes the loss NaN, whichever it is: ${name}, ${jit}`, () => {
        const model = buildModel(config, SHAPE);
        model.initialize(1);
        const images = tf.randomNormal([6, 8, 8, 1], 0, 1, "float32", 3);
        const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32");
        const losses = compile((images: tf.Tensor) => {
          const widths: number[] = [];
          const x = images as tf.Tensor4D;
          const training = tf.variableGrads(() =>
            crossEntropy(
              model.apply(x, { statistics: ({ size }) => widths.push(size) }),
              labels,
            ), [...model.parameters]);
          const fixed = widths.map((width) =>
            [
              tf.zeros<tf.Rank.R1>([width]),
              tf.ones<tf.Rank.R1>([width]),
            ] as const
          );
          const evaluated = model.apply(x, { normalizeWith: fixed });
          return [training.value, crossEntropy(evaluated, labels)];
        }, { jit });
        const read = () => losses(images).map((loss) => loss.dataSync()[0]!);
        assert.ok(read().every(Number.isFinite));
        for (const parameter of model.parameters) {
          const sound = parameter.dataSync().slice();
          const broken = sound.slice().fill(NaN, 0, 1);
          parameter.assign(tf.tensor(broken, parameter.shape));
          assert.deepEqual(read(), [NaN, NaN], parameter.name);
          parameter.assign(tf.tensor(sound, parameter.shape));
        }
        losses.dispose();
        model.dispose();
      });
    }
  }
});

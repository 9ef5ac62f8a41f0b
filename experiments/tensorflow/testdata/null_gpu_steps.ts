/**
 * Takes three steps of a network and prints the losses that it read.
 * Arguments: cnn or vit, the optimizer, and how a step runs.
 */
import * as tf from "@tensorflow/tfjs";
import { buildOptimizer } from "../../harness/configured.ts";
import { exampleConfig } from "../../harness/testdata/example_config.ts";
import { crossEntropy } from "../../models/layers.ts";
import { buildModel, cnnConfig, vitConfig } from "../../models/mod.ts";
import { compile, type CompileOptions, useBackend } from "../mod.ts";

const [network, optimizer, jit] = Deno.args;
await useBackend("tensorflow");
const model = buildModel(
  network === "cnn"
    ? cnnConfig({ widths: [4, 8], blocks: 1 })
    : vitConfig({ patch: 7, dim: 16, depth: 2, heads: 2, layerScale: 0.1 }),
  { classes: ["a", "b", "c"], channels: 1, height: 28, width: 28 },
);
model.initialize(1);
const update = buildOptimizer(exampleConfig({ optimizer: optimizer! }));
update.initialize(model.parameters);
const images = tf.ones<tf.Rank.R4>([8, 28, 28, 1]);
const labels = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], "int32");
const step = compile((images: tf.Tensor, labels: tf.Tensor) => {
  const { value, grads } = tf.variableGrads(
    () =>
      crossEntropy(model.apply(images as tf.Tensor4D), labels as tf.Tensor1D),
    [...model.parameters],
  );
  update.update(grads);
  return value;
}, { jit: jit as CompileOptions["jit"] });
const losses: number[] = [];
for (let count = 1; count <= 3; count++) {
  update.prepare(count, { learningRate: 0.01, weightDecay: 0 });
  const loss = step(images, labels);
  losses.push(loss.dataSync()[0]!);
  loss.dispose();
}
console.log(JSON.stringify(losses.map(String)));

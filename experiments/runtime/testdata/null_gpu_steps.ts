/**
 * Takes three steps of a network and prints the losses that it read, and how many kernels the last
 * step launched. Arguments: cnn or vit, the optimizer, how a step runs, and runs that share it.
 */
import * as tf from "@tensorflow/tfjs";
import { buildOptimizer } from "../../training/configured.ts";
import { exampleConfig } from "../../training/testdata/example_config.ts";
import {
  buildModel,
  cnnConfig,
  lossAndGradients,
  vitConfig,
} from "../../models/mod.ts";
import {
  compile,
  type CompileOptions,
  useBackend,
} from "../../tensorflow/mod.ts";

const [network, optimizer, jit] = Deno.args;
const runs = Number(Deno.args[3]);
await useBackend("tensorflow");
const model = buildModel(
  network === "cnn"
    ? cnnConfig({ widths: [4, 8], blocks: 1 })
    : vitConfig({ patch: 7, dim: 16, depth: 2, heads: 2, layerScale: 0.1 }),
  { classes: ["a", "b", "c"], channels: 1, height: 28, width: 28 },
  runs,
);
model.initialize(...Array.from({ length: runs }, (_, seed) => seed));
const update = buildOptimizer(exampleConfig({ optimizer: optimizer! }), runs);
update.initialize(model.parameters);
const batch = 8 * runs;
const images = tf.ones<tf.Rank.R4>([batch, 28, 28, 1]);
const classes = Int32Array.from({ length: batch }, (_, i) => i % 3);
const labels = tf.tensor1d(classes, "int32");
const step = compile((images: tf.Tensor, labels: tf.Tensor) => {
  const { value, grads } = lossAndGradients(
    model,
    images as tf.Tensor4D,
    labels as tf.Tensor1D,
  );
  update.update(grads);
  return value;
}, { jit: jit as CompileOptions["jit"] });
/** Kernels launched since it was asked last: the null libraries tell who launches nothing. */
function launches(): number {
  const launch = { parameters: ["u64"], result: "i32" } as const;
  const driver = Deno.dlopen("libcuda.so.1", {
    cuLaunchKernel: launch,
    cuLaunchKernelEx: launch,
    cuGraphLaunch: launch,
  });
  const runtime = Deno.dlopen("libcudart.so.12", { cudaLaunchKernel: launch });
  const functions = [
    ...Object.values(driver.symbols),
    ...Object.values(runtime.symbols),
  ];
  return functions.reduce((sum, ask) => sum + ask(0n), 0);
}

const losses: number[] = [];
let launched = 0;
for (let count = 1; count <= 3; count++) {
  update.prepare(count, { learningRate: 0.01, weightDecay: 0 });
  launches();
  const loss = step(images, labels);
  losses.push(loss.dataSync()[0]!);
  loss.dispose();
  launched = launches();
}
console.log(JSON.stringify({ losses: losses.map(String), launched }));

/** Prints what ops compute that a card leaves to the CPU, called one by one and recorded. */
import * as tf from "@tensorflow/tfjs";
import { compile, useBackend } from "../../tensorflow/mod.ts";

await useBackend("tensorflow");
const upscaled = tf.grad((x: tf.Tensor) =>
  tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2, 4])
);
const dilated = tf.grad((x: tf.Tensor) =>
  tf.dilation2d(x as tf.Tensor4D, tf.tensor3d([0, 1], [1, 2, 1]), 1, "valid")
);
const weights = tf.tensor1d([0.5, 1, 2]);
const image = tf.tensor4d([1, 5], [1, 1, 2, 1]);
const dy = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1]);
const ofOne = tf.tensor4d([3], [1, 1, 1, 1]);
const counted = tf.bincount(tf.tensor1d([0, 2, 2], "int32"), weights, 3);
const results = [counted];
for (const jit of ["eager", "graph"] as const) {
  const gradients = compile(
    (image: tf.Tensor, dy: tf.Tensor, ofOne: tf.Tensor) => [
      upscaled(image, dy),
      dilated(image, ofOne),
    ],
    { jit },
  );
  results.push(...gradients(image, dy, ofOne) as tf.Tensor1D[]);
}
console.log(JSON.stringify(results.map((it) => [...it.dataSync()])));

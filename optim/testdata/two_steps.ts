/** What any runtime must compute alike: bundled into a script, or run as it is. */
import * as tf from "@tensorflow/tfjs";
import { adamw, sing } from "../mod.ts";

/** A kernel [3, 2] after two steps of SING, then after two of AdamW, on TensorFlow.js alone. */
export async function twoSteps(): Promise<number[][]> {
  await tf.setBackend("cpu");
  return [
    sing({ learningRate: 0.1, lookaheadSteps: 2 }),
    adamw({ learningRate: 0.1 }),
  ].map((optimizer) => {
    const kernel = tf.variable(tf.tensor2d([[1, -2], [0.3, 4], [-0.7, 0]]));
    const loss = () => kernel.sub(0.1).square().mean().asScalar();
    optimizer.minimize(loss, false, [kernel]);
    optimizer.minimize(loss, false, [kernel]);
    return [...kernel.dataSync()];
  });
}

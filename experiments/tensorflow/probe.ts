/** Starts TensorFlow, has it add two numbers, and prints its version and devices on a line. */
import * as tf from "@tensorflow/tfjs";
import { tensorflowDevices, tensorflowVersion, useBackend } from "./mod.ts";

try {
  await useBackend("tensorflow");
  const sum = tf.add(1, 2).dataSync()[0];
  if (sum !== 3) throw new Error(`TensorFlow adds 1 and 2 to ${sum}.`);
  const devices = tensorflowDevices().map(({ name }) =>
    name.replace(/^.*device:/, "")
  );
  console.log(`${tensorflowVersion()} on ${devices.join(", ")}`);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}

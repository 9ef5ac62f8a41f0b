/**
 * Starts TensorFlow, has it add two numbers, and prints its version and devices on a line, or why that
 * cannot be: not where libraries write what they like.
 */
import * as tf from "@tensorflow/tfjs";
import { tensorflowDevices, tensorflowVersion, useBackend } from "./mod.ts";

try {
  await useBackend("tensorflow");
  const devices = tensorflowDevices().map(({ name }) =>
    name.replace(/^.*device:/, "")
  );
  const sum = tf.add(1, 2).dataSync()[0];
  // A card that only looks like one, as tests have it, copies and does not add.
  if (devices.length === 1 && sum !== 3) {
    throw new Error(`TensorFlow adds 1 and 2 to ${sum}.`);
  }
  console.log(`${tensorflowVersion()} on ${devices.join(", ")}`);
} catch (error) {
  console.log((error as Error).message);
  Deno.exit(1);
}

import * as tf from "@tensorflow/tfjs";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.d.ts";
import { mendKernel } from "./mend_kernel.ts";

/**
 * Makes `tf.round` give int32 tensors back as they are, as on every other backend. TensorFlow 2.21
 * answers them with zeros.
 */
export function mendRound(): void {
  mendKernel(tf.Round, (params, original) => {
    const { dataId, shape, dtype } = params.inputs["x"]!;
    if (dtype !== "int32") return original(params);
    (params.backend as NodeJSKernelBackend).incRef(dataId);
    return { dataId, shape, dtype };
  });
}

import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.d.ts";
import util from "node:util";
import { mendFilterGradient } from "./filter_gradient.ts";
import { mendGather } from "./gather.ts";
import { mendRound } from "./round.ts";

/**
 * Registers TensorFlow.js's kernels for the backend `tensorflow`, and gives the class of that
 * backend. The package's own entry would look for a compiled addon, so its parts are loaded.
 */
export async function loadKernels(): Promise<typeof NodeJSKernelBackend> {
  restoreUtil();
  const { default: backend } = await import(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js"
  );
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  mendRound();
  mendGather();
  mendFilterGradient();
  return backend.NodeJSKernelBackend;
}

/** The package calls two functions that current runtimes no longer have. */
function restoreUtil(): void {
  const old: { isNullOrUndefined?: unknown; isArray?: unknown } = util;
  old.isNullOrUndefined ??= (value: unknown) => value == null;
  old.isArray ??= Array.isArray;
}

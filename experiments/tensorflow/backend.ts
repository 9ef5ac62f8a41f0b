import * as tf from "@tensorflow/tfjs";
import type { Device, TensorFlowBinding } from "./binding.ts";
import type { BackendName } from "../runtime/device.ts";
import {
  type KernelBackendClass,
  loadKernels,
  recordableBackend,
} from "./kernels.ts";
import {
  type BackendOptions,
  openTensorFlow,
  tensorflowBinding,
} from "./open.ts";
import { startWebGpu } from "./webgpu.ts";

let registering: Promise<void> | undefined;

/**
 * Makes TensorFlow.js run on a backend. TensorFlow is started by the first call, which fetches
 * its library if need be.
 *
 * @param options how TensorFlow is started, fixed by the first call: thread counts, 1 and 1 if not
 * given; the device, the CPU if not given, which keeps it off every card
 * @throws {UserError} if TensorFlow's library cannot be had or opened, or a card not be used, or if
 * there is nothing that WebGPU can run on
 */
export async function useBackend(
  name: BackendName,
  options: Partial<BackendOptions> = {},
): Promise<void> {
  if (name === "tensorflow") {
    const binding = await openTensorFlow(options);
    await (registering ??= register(binding));
  }
  if (name === "webgpu") await startWebGpu();
  await tf.setBackend(name);
  if (name === "cpu") silenceAdvertisement();
}

/** The version of the library in use, such as `2.21.0`. */
export function tensorflowVersion(): string {
  return tensorflowBinding().TF_Version;
}

/** The devices that TensorFlow can run on. */
export function tensorflowDevices(): readonly Device[] {
  return tensorflowBinding().devices;
}

/** How many of TensorFlow's tensors are held: for tests that nothing leaks. */
export function liveHandles(): number {
  return tensorflowBinding().getNumOfTensors();
}

async function register(binding: TensorFlowBinding): Promise<void> {
  const Base = await loadKernels() as unknown as KernelBackendClass;
  const Backend = recordableBackend(Base);
  tf.registerBackend(
    "tensorflow",
    () => new Backend(binding, "@tensorflow/tfjs-node-gpu"),
    3,
  );
}

/** TensorFlow.js's own backend tells of the addon on the first write. */
function silenceAdvertisement(): void {
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}

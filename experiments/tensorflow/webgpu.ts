/** TensorFlow.js's WebGPU kernels on Deno's own WebGPU: a GPU of any maker, with nothing to install. */
import { UserError } from "../../data/errors.ts";

/**
 * The adapter that WebGPU computes on, in words, or undefined if there is none.
 */
export async function findAdapter(): Promise<string | undefined> {
  // Where there is no screen, drivers would write to stderr that this is not set.
  if (Deno.build.os === "linux" && !Deno.env.has("XDG_RUNTIME_DIR")) {
    Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  }
  const adapter = await navigator.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  if (!adapter) return undefined;
  const { description, device, vendor } = adapter.info;
  return description || device || vendor || "without a name";
}

/**
 * Registers the backend `webgpu`.
 *
 * @throws {UserError} if there is nothing that it can run on
 */
export async function startWebGpu(): Promise<void> {
  if (await findAdapter() === undefined) {
    throw new UserError(
      "Cannot use --backend webgpu as a GPU with a driver for Vulkan, Metal or Direct3D must be " +
        "there: current value is none. Mesa's driver computes on the CPU (Debian, Ubuntu: " +
        "apt install mesa-vulkan-drivers); --backend tensorflow is faster there.",
    );
  }
  await import("@tensorflow/tfjs-backend-webgpu");
}

if (import.meta.main) console.log(await findAdapter() ?? "");

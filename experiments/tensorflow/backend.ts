import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../data/user_error.ts";
import { TensorFlowBinding } from "./binding.ts";
import type { Device, ThreadCounts } from "./context.ts";
import { loadKernels } from "./kernels.ts";
import { findLibrary } from "./library.ts";
import { openLibrary } from "./open_library.ts";
import {
  type KernelBackendClass,
  recordableBackend,
} from "./recordable_backend.ts";

/** `tensorflow`: TensorFlow's own library. `cpu`: TensorFlow.js's own backend, slow. */
export type BackendName = "tensorflow" | "cpu";

interface Opened {
  readonly binding: TensorFlowBinding;
  readonly threads: ThreadCounts;
}

/** One thread: processes side by side are the faster way to use a machine, and repeatable. */
const defaultThreads: ThreadCounts = { intraOpThreads: 1, interOpThreads: 1 };

let opening: Promise<Opened> | undefined;
let opened: Opened | undefined;

/**
 * Makes TensorFlow.js run on a backend. TensorFlow is started by the first call, which fetches
 * its library if need be.
 *
 * @param options thread counts of TensorFlow, 1 and 1 if not given; fixed by the first call
 * @throws {UserError} if TensorFlow's library cannot be had or opened
 */
export async function useBackend(
  name: BackendName,
  options: Partial<ThreadCounts> = {},
): Promise<void> {
  if (name === "tensorflow") await startTensorFlow(options);
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

/** @throws {Error} unless {@link useBackend} has started TensorFlow */
export function tensorflowBinding(): TensorFlowBinding {
  if (opened) return opened.binding;
  throw new Error(
    'Cannot ask TensorFlow as it must be running: call useBackend("tensorflow") first.',
  );
}

async function startTensorFlow(options: Partial<ThreadCounts>): Promise<void> {
  const threads = { ...defaultThreads, ...opened?.threads, ...options };
  checkThreads(threads);
  opening ??= open(threads);
  try {
    opened = await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
  checkSameThreads(threads, opened.threads);
}

async function open(threads: ThreadCounts): Promise<Opened> {
  const folder = await findLibrary();
  const Base = await loadKernels() as unknown as KernelBackendClass;
  const Backend = recordableBackend(Base);
  const binding = new TensorFlowBinding(openLibrary(folder), threads);
  tf.registerBackend(
    "tensorflow",
    () => new Backend(binding, "@tensorflow/tfjs-node-gpu"),
    3,
  );
  return { binding, threads };
}

function checkThreads(threads: ThreadCounts): void {
  for (const [name, count] of Object.entries(threads)) {
    if (Number.isInteger(count) && count >= 1 && count <= 1024) continue;
    throw new UserError(
      `Cannot start TensorFlow as ${name} must be a whole number from 1 to 1024: ` +
        `current value is ${count}.`,
    );
  }
}

function checkSameThreads(wanted: ThreadCounts, fixed: ThreadCounts): void {
  for (const name of ["intraOpThreads", "interOpThreads"] as const) {
    if (wanted[name] === fixed[name]) continue;
    throw new Error(
      `Cannot change ${name} to ${
        wanted[name]
      } as TensorFlow fixes it when it starts: ` +
        `current value is ${fixed[name]}.`,
    );
  }
}

/** TensorFlow.js's own backend tells of the addon on the first write. */
function silenceAdvertisement(): void {
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}

import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../data/errors.ts";
import {
  type Device,
  TensorFlowBinding,
  type ThreadCounts,
} from "./binding.ts";
import { type CApi, cApi } from "./c_api.ts";
import {
  type KernelBackendClass,
  loadKernels,
  recordableBackend,
} from "./kernels.ts";
import { findLibrary } from "./library.ts";

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

const libraryFile = "libtensorflow_cc.so.2";

/**
 * What TensorFlow reads from the environment while it is loaded, unless the user set it:
 *
 * - log lines (0 information, 1 warnings, 2 errors) are kept off the console;
 * - convolutions and matrix products are oneDNN's on every CPU. By itself TensorFlow uses them only
 *   where AVX-512 is: on a Zen 3 core with AVX2, a step of the CNN took 2.2 times as long without.
 */
const environment = { TF_CPP_MIN_LOG_LEVEL: "2", TF_ENABLE_ONEDNN_OPTS: "1" };

/**
 * Opens TensorFlow's library for the rest of the process.
 *
 * @param folder holds `libtensorflow_cc.so.2` and `libtensorflow_framework.so.2`
 * @throws {UserError} if the files are no library of this platform, or lack a function
 */
export function openLibrary(folder: string): CApi {
  for (const [name, value] of Object.entries(environment)) {
    if (!Deno.env.has(name)) Deno.env.set(name, value);
  }
  const level = Deno.env.get("TF_CPP_MIN_LOG_LEVEL");
  const path = `${folder}/${libraryFile}`;
  try {
    if (Deno.build.os === "linux") pinLibrary(path, level !== "0");
    return Deno.dlopen(path, cApi).symbols;
  } catch (error) {
    throw new UserError(
      `Cannot open TensorFlow as ${libraryFile} must be a library of this platform: ` +
        `current value is ${path} (${(error as Error).message}).`,
    );
  }
}

const libc = {
  dlopen: { parameters: ["buffer", "i32"], result: "u64" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof libc>["symbols"];

/** Loads a library so that it stays: TensorFlow's crashes the process when it is unloaded. */
function pinLibrary(path: string, quiet: boolean): void {
  const library = Deno.dlopen("libc.so.6", libc);
  const [lazy, noDelete] = [0x1, 0x1000];
  // A failure is left to Deno.dlopen, which words it.
  const load = () => library.symbols.dlopen(cString(path), lazy | noDelete);
  try {
    if (quiet) withoutStandardError(library.symbols, load);
    else load();
  } finally {
    library.close();
  }
}

/** While it is loaded, TensorFlow writes about oneDNN whatever the log level is. */
function withoutStandardError(libc: Libc, act: () => void): void {
  const [standardError, writeOnly] = [2, 1];
  const nowhere = libc.open(cString("/dev/null"), writeOnly);
  const kept = libc.dup(standardError);
  libc.dup2(nowhere, standardError);
  try {
    act();
  } finally {
    libc.dup2(kept, standardError);
    libc.close(kept);
    libc.close(nowhere);
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/**
 * Opens TensorFlow's library and starts it. No package is imported here: a process may do this, give
 * up the right to open another library, and only then import packages.
 */
import { UserError } from "../../data/errors.ts";
import { TensorFlowBinding, type ThreadCounts } from "./binding.ts";
import { C_API, type CApi } from "./c_api.ts";
import {
  type DeviceKind,
  findCard,
  gpuEnvironment,
  type GpuOptions,
  openCuda,
  setNumerics,
} from "../runtime/device.ts";
import { findLibrary, healLibrary } from "../runtime/library.ts";

/** How TensorFlow is started; fixed for the life of the process. */
export interface BackendOptions extends ThreadCounts, Required<GpuOptions> {
  /** The CPU alone, even where there is a card; or a card, of which the number is `card`. */
  readonly device: DeviceKind;
}

/** What a run's configuration says of how TensorFlow computes. */
interface RunOptions
  extends ThreadCounts, Pick<GpuOptions, "tf32" | "deterministic"> {
  readonly device: DeviceKind;
}

/** How TensorFlow is started for a run, on a card if its provenance names one. */
export function optionsFor(
  config: RunOptions,
  { card }: { readonly card?: { readonly index: number } },
): BackendOptions {
  return {
    intraOpThreads: config.intraOpThreads,
    interOpThreads: config.interOpThreads,
    device: config.device,
    card: card?.index ?? 0,
    tf32: config.tf32 ?? false,
    deterministic: config.deterministic ?? true,
  };
}

interface Opened {
  readonly binding: TensorFlowBinding;
  readonly options: BackendOptions;
}

/**
 * One thread: processes side by side are the faster way to use a machine, and repeatable. The
 * device is the CPU unless `TENFOLD_DEVICE` is `gpu` or the number of a card.
 */
function defaultOptions(): BackendOptions {
  const device = Deno.env.get("TENFOLD_DEVICE") || "cpu";
  if (!/^(cpu|gpu|\d{1,3})$/.test(device)) {
    throw new UserError(
      "Cannot start TensorFlow as TENFOLD_DEVICE must be cpu, gpu or the number of a card: " +
        `current value is ${device}.`,
    );
  }
  return {
    intraOpThreads: 1,
    interOpThreads: 1,
    device: device === "cpu" ? "cpu" : "gpu",
    card: Number(device) || 0,
    tf32: false,
    deterministic: true,
  };
}

let opening: Promise<Opened> | undefined;
let opened: Opened | undefined;

/**
 * TensorFlow, which the first call starts, and whose library it fetches if need be.
 *
 * @param changes How it is started; what is not given is as it was started, or as by default.
 * @throws {UserError} if the library cannot be had or opened, or a card not be used
 */
export async function openTensorFlow(
  changes: Partial<BackendOptions>,
): Promise<TensorFlowBinding> {
  const options = { ...opened?.options ?? defaultOptions(), ...changes };
  checkThreads(options);
  opening ??= open(options);
  try {
    opened = await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
  checkSame(options, opened.options);
  return opened.binding;
}

async function open(options: BackendOptions): Promise<Opened> {
  const { device } = options;
  const onGpu = device === "gpu";
  if (onGpu) findCard(options.card);
  const folder = await findLibrary({ device });
  const load = () => {
    if (onGpu) openCuda(folder);
    return openLibrary(folder, onGpu ? gpuEnvironment(options) : {});
  };
  let api;
  try {
    api = load();
  } catch (error) {
    if (!await healLibrary({ device })) throw error;
    api = load();
  }
  if (onGpu) setNumerics(folder, options);
  const { intraOpThreads, interOpThreads, card } = options;
  const threads = { intraOpThreads, interOpThreads };
  const binding = new TensorFlowBinding(
    api,
    onGpu ? { ...threads, card } : threads,
  );
  if (onGpu && !binding.isUsingGpuDevice()) {
    throw new UserError(
      `Cannot train on a GPU as TensorFlow must find card ${card}: current value is none. ` +
        "TF_CPP_MIN_LOG_LEVEL=0 in front of the command shows what it says.",
    );
  }
  return { binding, options };
}

function checkThreads({ intraOpThreads, interOpThreads }: ThreadCounts): void {
  for (
    const [name, count] of Object.entries({ intraOpThreads, interOpThreads })
  ) {
    if (Number.isInteger(count) && count >= 1 && count <= 1024) continue;
    throw new UserError(
      `Cannot start TensorFlow as ${name} must be a whole number from 1 to 1024: ` +
        `current value is ${count}.`,
    );
  }
}

function checkSame(wanted: BackendOptions, fixed: BackendOptions): void {
  for (const name of Object.keys(fixed) as (keyof BackendOptions)[]) {
    if (wanted[name] === fixed[name]) continue;
    throw new Error(
      `Cannot change ${name} to ${
        wanted[name]
      } as TensorFlow fixes it when it starts: current value is ${
        fixed[name]
      }.`,
    );
  }
}

/** @throws {Error} unless {@link openTensorFlow} has started TensorFlow */
export function tensorflowBinding(): TensorFlowBinding {
  if (opened) return opened.binding;
  throw new Error(
    'Cannot ask TensorFlow as it must be running: call useBackend("tensorflow") first.',
  );
}

const LIBRARY_FILE = "libtensorflow_cc.so.2";

/**
 * What TensorFlow reads from the environment while it is loaded, unless the user set it:
 *
 * - log lines (0 information, 1 warnings, 2 errors) are kept off the console;
 * - convolutions and matrix products are oneDNN's on every CPU. By itself TensorFlow uses them only
 *   where AVX-512 is: on a Zen 3 core with AVX2, a step of the CNN took 2.2 times as long without.
 */
const ENVIRONMENT = { TF_CPP_MIN_LOG_LEVEL: "2", TF_ENABLE_ONEDNN_OPTS: "1" };

/**
 * Opens TensorFlow's library for the rest of the process.
 *
 * @param folder holds `libtensorflow_cc.so.2` and `libtensorflow_framework.so.2`
 * @param more what else TensorFlow reads from the environment, unless the user set it
 * @throws {UserError} if the files are no library of this platform, or lack a function
 */
export function openLibrary(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): CApi {
  for (const [name, value] of Object.entries({ ...ENVIRONMENT, ...more })) {
    if (!Deno.env.has(name)) Deno.env.set(name, value);
  }
  const level = Deno.env.get("TF_CPP_MIN_LOG_LEVEL");
  const path = `${folder}/${LIBRARY_FILE}`;
  try {
    if (Deno.build.os === "linux") pinLibrary(path, level !== "0");
    return Deno.dlopen(path, C_API).symbols;
  } catch (error) {
    throw new UserError(
      `Cannot open TensorFlow as ${LIBRARY_FILE} must be a library of this platform: ` +
        `current value is ${path} (${(error as Error).message}).`,
    );
  }
}

const LIBC = {
  dlopen: { parameters: ["buffer", "i32"], result: "u64" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

/** Loads a library so that it stays: TensorFlow's crashes the process when it is unloaded. */
function pinLibrary(path: string, quiet: boolean): void {
  const library = Deno.dlopen("libc.so.6", LIBC);
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

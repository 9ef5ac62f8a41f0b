import { UserError } from "../../data/user_error.ts";
import { type CApi, cApi } from "./c_api.ts";

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

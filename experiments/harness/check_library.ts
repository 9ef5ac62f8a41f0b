/** The doctor's look at TensorFlow: its library, what gets it, and whether it runs. */
import { locateLibrary } from "../tensorflow/library.ts";
import { tensorflowWheel } from "../tensorflow/wheel.ts";
import type { DoctorOptions, Finding } from "./doctor.ts";
import { formatBytes } from "./format_bytes.ts";

export function checkLibrary(options: DoctorOptions): Finding {
  const located = locateLibrary(options);
  if (located !== undefined) {
    const { folder, source } = located;
    const detail = `${folder} (from ${
      source === "cache" ? "the cache" : source
    })`;
    return { state: "ok", detail };
  }
  return {
    state: "warn",
    detail: "not here yet",
    wayOut: `The first training downloads it (${
      formatBytes(tensorflowWheel.size)
    }); or set TENFOLD_TENSORFLOW=/path/to/folder.`,
  };
}

/** Needed for one thing only: to download the library. */
export async function checkPython(options: DoctorOptions): Promise<Finding> {
  const { python = ["python3", "python"] } = options;
  for (const command of python) {
    const version = await pipVersion(command);
    if (version) {
      return { state: "ok", detail: `${command} with pip ${version}` };
    }
  }
  const detail = `no Python with pip (tried ${python.join(", ")})`;
  return hasLibrary(options)
    ? { state: "ok", detail: `${detail}; not needed, the library is here` }
    : {
      state: "fail",
      detail,
      wayOut: "Install it (Debian, Ubuntu: apt install python3-pip), or set " +
        "TENFOLD_TENSORFLOW=/path/to/folder.",
    };
}

/** Starts TensorFlow in a process of its own, since a broken library can end the process. */
export async function checkTensorFlow(
  options: DoctorOptions,
): Promise<Finding> {
  const located = hasLibrary(options) && locateLibrary(options);
  if (!located) {
    return { state: "warn", detail: "not tried, as there is no library" };
  }
  const { success, signal, stdout, stderr } = await new Deno.Command(
    Deno.execPath(),
    {
      args: ["run", "-A", new URL("start_tensorflow.ts", import.meta.url).href],
      env: { TENFOLD_TENSORFLOW: located.folder, NO_COLOR: "1" },
    },
  ).output();
  if (success) {
    return { state: "ok", detail: new TextDecoder().decode(stdout).trim() };
  }
  return {
    state: "fail",
    detail: signal
      ? `starting it ended the process with ${signal}`
      : new TextDecoder().decode(stderr).trim(),
    wayOut: located.source === "cache"
      ? `Remove ${located.folder}; the next training downloads it anew.`
      : "Unset TENFOLD_TENSORFLOW to have the library downloaded.",
  };
}

/** False also for a library that is named wrongly, of which {@link checkLibrary} tells. */
export function hasLibrary(options: DoctorOptions): boolean {
  try {
    return locateLibrary(options) !== undefined;
  } catch {
    return false;
  }
}

/** Undefined if there is no such command, or no pip in it. */
async function pipVersion(python: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(python, {
      args: ["-m", "pip", "--version"],
      stderr: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    return new TextDecoder().decode(stdout).match(/^pip (\S+)/)?.[1];
  } catch {
    return undefined;
  }
}

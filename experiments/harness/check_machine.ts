/** The doctor's look at the machine: Deno, platform, cores, cache and disk. */
import { constants, existsSync } from "node:fs";
import { access, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../data/cache_folder.ts";
import configuration from "../../deno.json" with { type: "json" };
import { currentPlatform, requirePlatform } from "../tensorflow/platform.ts";
import { spaceNeeded, tensorflowWheel } from "../tensorflow/wheel.ts";
import { hasLibrary } from "./check_library.ts";
import type { DoctorOptions, Finding } from "./doctor.ts";
import { formatBytes } from "./format_bytes.ts";

/** What one training process may need at its peak, in bytes. */
const memoryPerProcess = 2e9;

export function checkDeno(): Finding {
  const tfjs = configuration.imports["@tensorflow/tfjs"].split("@").at(-1);
  return {
    state: "ok",
    detail: `${Deno.version.deno}, TensorFlow.js ${tfjs}`,
  };
}

/** A library that the user names may work where the published one does not. */
export function checkPlatform(options: DoctorOptions): Finding {
  const platform = currentPlatform();
  const { os, arch, libc, avx } = platform;
  const words = [`${os} on ${arch}`, ...libc === "none" ? [] : [libc]];
  const detail = [...words, ...avx ? [] : ["no AVX"]].join(", ");
  try {
    requirePlatform(platform);
    return { state: "ok", detail };
  } catch (error) {
    const named = options.library ?? Deno.env.get("TENFOLD_TENSORFLOW");
    const wayOut = (error as Error).message;
    return { state: named ? "warn" : "fail", detail, wayOut };
  }
}

export function checkCores(): Finding {
  const cores = navigator.hardwareConcurrency;
  const memory = Deno.systemMemoryInfo().total;
  const detail = `${cores}, ${formatBytes(memory)} of memory; ` +
    `by default ${cores} training processes of one thread each`;
  const enough = Math.max(1, Math.floor(memory / memoryPerProcess));
  return enough >= cores ? { state: "ok", detail } : {
    state: "warn",
    detail,
    wayOut: `Give --jobs ${enough}: a process may need ${
      formatBytes(memoryPerProcess)
    }.`,
  };
}

export async function checkCache(folder: string): Promise<Finding> {
  if (!await canWrite(nearest(folder))) {
    return {
      state: "warn",
      detail: `${folder}, which is no folder that can be written`,
      wayOut: "Set TENFOLD_CACHE=/path/to/folder to another folder.",
    };
  }
  const size = existsSync(folder) ? await folderSize(folder) : 0;
  return { state: "ok", detail: `${folder}, ${formatBytes(size)}` };
}

/** Room for the library if it is still to come, and for runs in the current folder. */
export async function checkDisk(options: DoctorOptions): Promise<Finding> {
  const { cache = cacheFolder() } = options;
  const cacheFree = await freeSpace(cache);
  const runsFree = await freeSpace(Deno.cwd());
  const detail = `${formatBytes(cacheFree)} free for the cache, ` +
    `${formatBytes(runsFree)} in the current folder`;
  const needed = hasLibrary(options) ? 0 : spaceNeeded(tensorflowWheel);
  if (cacheFree < needed) {
    return {
      state: "fail",
      detail,
      wayOut:
        `TensorFlow's library needs ${
          formatBytes(needed)
        }. Free some, or set ` +
        "TENFOLD_CACHE=/path/to/folder to a folder on another disk.",
    };
  }
  if (runsFree < 1e9) {
    return { state: "warn", detail, wayOut: "Runs and pages need space here." };
  }
  return { state: "ok", detail };
}

/** Bytes on the disk that a folder is on, or will be. */
async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(nearest(folder));
  return bavail * bsize;
}

/** The path itself, or the nearest one above it that exists. */
function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}

/** Bytes of all files below a folder. */
async function folderSize(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const entry = await stat(join(folder, name)).catch(() => undefined);
    if (entry?.isFile()) total += entry.size;
  }
  return total;
}

/**
 * Where TensorFlow's C library is: named by the user, in the cache, or to be downloaded.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";
import {
  CPU_RUNTIME,
  CUDA_RUNTIME,
  fileSize,
  folderName,
  isInstalled,
  type Runtime,
} from "./runtimes.ts";

export interface LibraryOptions {
  /** A folder with the library, or a file in it; default `TENFOLD_TENSORFLOW`. Empty: not set. */
  readonly library?: string;
  /** Default {@link cacheFolder}. */
  readonly cache?: string;
  /** What the library is to compute on; default `cpu`. */
  readonly device?: "cpu" | "gpu";
  /** What is downloaded; default {@link CPU_RUNTIME} or {@link CUDA_RUNTIME}, by the device. */
  readonly runtime?: Runtime;
  /** Commands to try for Python, in this order; default `python3` and `python`. */
  readonly python?: readonly string[];
  /** Default: the platform of this process. */
  readonly platform?: Platform;
}

export interface LocatedLibrary {
  readonly folder: string;
  readonly source: "TENFOLD_TENSORFLOW" | "cache";
}

/**
 * Absolute path of the folder that holds `libtensorflow_cc.so.2` and
 * `libtensorflow_framework.so.2`. The first call on a machine downloads them with pip, and shows
 * the progress on stderr; later ones need neither network nor Python.
 *
 * @throws {UserError} if there is no library and none can be had; says why and what else to do
 */
export async function findLibrary(
  options: LibraryOptions = {},
): Promise<string> {
  const named = namedLibrary(options);
  if (named !== undefined) return named;
  requirePlatform(options.platform ?? currentPlatform());
  const cached = cachedLibrary(options);
  if (cached !== undefined) return cached;
  await install(options);
  return librariesIn(runtimeFolder(options), runtimeOf(options));
}

/** The library that {@link findLibrary} would find without downloading, if there is one. */
export function locateLibrary(
  options: LibraryOptions = {},
): LocatedLibrary | undefined {
  const named = namedLibrary(options);
  if (named !== undefined) {
    return { folder: named, source: "TENFOLD_TENSORFLOW" };
  }
  const cached = cachedLibrary(options);
  return cached === undefined ? undefined : { folder: cached, source: "cache" };
}

/**
 * Compares the library in the cache with what was published, and downloads it anew if a file
 * differs: a disk or a power cut may damage one and leave its size.
 *
 * @returns whether it was downloaded; false too for one that the user names
 * @throws {UserError} as {@link findLibrary}
 */
export async function healLibrary(
  options: LibraryOptions = {},
): Promise<boolean> {
  if (namedLibrary(options) !== undefined) return false;
  const damaged = await damagedFiles(options);
  if (damaged.length === 0) return false;
  console.error(`Damaged: ${damaged.join(", ")}. TensorFlow is got anew.`);
  await install(options, { verify: true });
  return true;
}

/** The files of the library in the cache that differ from what was published; reads all of it. */
export async function damagedFiles(
  options: LibraryOptions = {},
): Promise<string[]> {
  const { differingFiles } = await import("./install.ts");
  const folder = runtimeFolder(options);
  return await differingFiles(folder, runtimeOf(options));
}

/** Only an installation pays for loading what unpacks a wheel. */
async function install(
  options: LibraryOptions,
  { verify = false } = {},
): Promise<void> {
  const { installRuntime } = await import("./install.ts");
  const { python } = options;
  const settings = { verify, ...python && { python } };
  try {
    await installRuntime(runtimeFolder(options), runtimeOf(options), settings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw libraryError(error.message, options.device);
  }
}

/** An error about getting TensorFlow's library: the problem, then how to go on without solving it. */
function libraryError(
  problem: string,
  device: LibraryOptions["device"] = "cpu",
): UserError {
  const [which, without] = device === "gpu"
    ? [
      "an installed tensorflow package with CUDA has one",
      "train on the CPU with --device cpu",
    ]
    : [
      "any installed tensorflow package has one",
      "try things out with --backend cpu (TensorFlow.js's own, slow)",
    ];
  return new UserError(
    `${problem}\n` +
      "Or set TENFOLD_TENSORFLOW=/path/to/folder, a folder that holds libtensorflow_cc.so.2 and " +
      `libtensorflow_framework.so.2 (${which}), or ${without}.`,
  );
}

/** Where a runtime is in the cache, or will be. */
export function runtimeFolder(options: LibraryOptions = {}): string {
  const { cache = cacheFolder() } = options;
  return join(resolve(cache), folderName(runtimeOf(options)));
}

/** What is downloaded for these options. */
export function runtimeOf({ runtime, device }: LibraryOptions): Runtime {
  return runtime ?? (device === "gpu" ? CUDA_RUNTIME : CPU_RUNTIME);
}

function cachedLibrary(options: LibraryOptions): string | undefined {
  const folder = runtimeFolder(options);
  return isInstalled(folder, runtimeOf(options))
    ? librariesIn(folder, runtimeOf(options))
    : undefined;
}

/** TensorFlow's own libraries within a runtime's folder. */
function librariesIn(folder: string, { layout }: Runtime): string {
  return layout === "flat" ? folder : join(folder, "tensorflow");
}

const LIBRARY_FILES = [
  "libtensorflow_framework.so.2",
  "libtensorflow_cc.so.2",
];

function namedLibrary(options: LibraryOptions): string | undefined {
  const { library = Deno.env.get("TENFOLD_TENSORFLOW") } = options;
  if (!library) return undefined;
  const path = resolve(library);
  const folder = fileSize(path) === undefined ? path : dirname(path);
  for (const file of LIBRARY_FILES) {
    if (fileSize(join(folder, file))) continue;
    throw new UserError(
      `Cannot use TENFOLD_TENSORFLOW as its folder must hold ${file}: current value is ${library}.\n` +
        "Unset it to have TensorFlow downloaded, or try things out with --backend cpu.",
    );
  }
  return folder;
}

/** What decides whether the published library can be loaded. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** C library of this process. */
  readonly libc: "glibc" | "musl" | "none";
  /** Whether the processor has AVX, without which the published builds end the process. */
  readonly avx: boolean;
}

/** Throws a `UserError` unless the published library runs here. */
export function requirePlatform(platform: Platform): void {
  const { os, arch, libc, avx } = platform;
  if (os !== "linux" || arch !== "x86_64" || libc !== "glibc") {
    throw libraryError(
      "Cannot get TensorFlow as its library is published for Linux on x86_64 with glibc: " +
        `current platform is ${os} on ${arch}${
          libc === "musl" ? " with musl" : ""
        }.`,
    );
  }
  if (!avx) {
    throw libraryError(
      "Cannot use TensorFlow's published library as the processor must have AVX: " +
        "/proc/cpuinfo does not list it (a virtual machine may hide it).",
    );
  }
}

export function currentPlatform(): Platform {
  const { os, arch } = Deno.build;
  if (os !== "linux") return { os, arch, libc: "none", avx: true };
  // What is mapped counts, not what is installed: gcompat puts a glibc loader in front of musl.
  const libc = readProc("self/maps").includes("/ld-musl-") ? "musl" : "glibc";
  const flags = readProc("cpuinfo");
  return { os, arch, libc, avx: flags === "" || /\bavx\b/.test(flags) };
}

/**
 * By another program, as Deno itself reads /proc only with every permission. Empty where that cannot
 * be: then the platform is believed to be fine.
 */
function readProc(path: string): string {
  const file = `/proc/${path}`;
  try {
    return readFileSync(file, "utf8");
  } catch {
    return printed("cat", file);
  }
}

function printed(program: string, ...args: string[]): string {
  try {
    const { stdout } = new Deno.Command(program, { args, stderr: "null" })
      .outputSync();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}

/**
 * Where TensorFlow's C library is: named by the user, in the cache, or to be downloaded.
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";

export interface LibraryOptions {
  /** A folder with the library, or a file in it; default `TENFOLD_TENSORFLOW`. Empty: not set. */
  readonly library?: string;
  /** Default {@link cacheFolder}. */
  readonly cache?: string;
  /** What is downloaded; default {@link tensorflowWheel}. */
  readonly wheel?: Wheel;
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
  const { cache = cacheFolder(), wheel = tensorflowWheel } = options;
  // Only an installation pays for loading what unpacks a wheel.
  const { installLibrary } = await import("./install.ts");
  return await installLibrary(cache, wheel, options.python);
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

/** Where a wheel's files belong in the cache. The hash keeps two builds of one version apart. */
export function libraryFolder(cache: string, wheel: Wheel): string {
  const { name, version, sha256 } = wheel;
  return join(resolve(cache), `${name}-${version}-${sha256.slice(0, 8)}`);
}

/** Whether a folder holds all of a wheel's files, each of the right size. */
export function isInstalled(folder: string, wheel: Wheel): boolean {
  return wheel.members.every(({ path, size }) =>
    fileSize(join(folder, basename(path))) === size
  );
}

function cachedLibrary(options: LibraryOptions): string | undefined {
  const { cache = cacheFolder(), wheel = tensorflowWheel } = options;
  const folder = libraryFolder(cache, wheel);
  return isInstalled(folder, wheel) ? folder : undefined;
}

function namedLibrary(options: LibraryOptions): string | undefined {
  const { library = Deno.env.get("TENFOLD_TENSORFLOW") } = options;
  if (!library) return undefined;
  const path = resolve(library);
  const folder = fileSize(path) === undefined ? path : dirname(path);
  for (const { path: member } of (options.wheel ?? tensorflowWheel).members) {
    const file = basename(member);
    if (fileSize(join(folder, file))) continue;
    throw new UserError(
      `Cannot use TENFOLD_TENSORFLOW as its folder must hold ${file}: current value is ${library}.\n` +
        "Unset it to have TensorFlow downloaded, or try things out with --backend cpu.",
    );
  }
  return folder;
}

/** Bytes, or undefined if there is no such regular file, or none that can be reached. */
function fileSize(path: string): number | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
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

/** Empty where /proc is not mounted: then the platform is believed to be fine. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

/** The published package that TensorFlow's C library is taken out of. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** Python version and platform of the wheel, as pip names them; the C library needs no Python. */
  readonly pythonVersion: string;
  readonly platform: string;
  /** Bytes. */
  readonly size: number;
  /** Of the wheel itself, in hex. */
  readonly sha256: string;
  /** The files taken out of it; they end up side by side in one folder. */
  readonly members: readonly WheelMember[];
}

export interface WheelMember {
  /** Inside the wheel, which is a zip file. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
}

/** Bytes that are taken out of a wheel. */
export function unpackedSize(wheel: Wheel): number {
  return wheel.members.reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that must be free on the disk while a wheel is installed. */
export function spaceNeeded(wheel: Wheel): number {
  // pip holds the wheel twice while it moves it out of its own temporary folder.
  return wheel.size + Math.max(wheel.size, unpackedSize(wheel));
}

/**
 * `libtensorflow_cc` exports the C API; `libtensorflow_framework` is found through its rpath when
 * both lie in one folder.
 */
export const tensorflowWheel: Wheel = {
  name: "tensorflow-cpu",
  version: "2.21.0",
  pythonVersion: "3.12",
  platform: "manylinux_2_27_x86_64",
  size: 274_000_871,
  sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
  members: [
    { path: "tensorflow/libtensorflow_framework.so.2", size: 65_222_328 },
    { path: "tensorflow/libtensorflow_cc.so.2", size: 788_086_608 },
  ],
};

/** An error about getting TensorFlow's library: the problem, then how to go on without solving it. */
export function libraryError(problem: string): UserError {
  return new UserError(
    `${problem}\n` +
      "Or set TENFOLD_TENSORFLOW=/path/to/folder, a folder that holds libtensorflow_cc.so.2 and " +
      "libtensorflow_framework.so.2 (any installed tensorflow package has one), " +
      "or try things out with --backend cpu (TensorFlow.js's own, slow).",
  );
}

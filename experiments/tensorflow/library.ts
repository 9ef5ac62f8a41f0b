/**
 * Where TensorFlow's C library is: named by the user, in the cache, or to be downloaded.
 */
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { cacheFolder } from "../../data/cache_folder.ts";
import { UserError } from "../../data/user_error.ts";
import { currentPlatform, type Platform, requirePlatform } from "./platform.ts";
import { tensorflowWheel, type Wheel } from "./wheel.ts";

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

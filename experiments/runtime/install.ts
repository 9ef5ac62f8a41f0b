/**
 * Lock the cache, sweep what dead attempts left, then for one wheel after the other: download it
 * into a temporary folder beside the final one, check it, unpack the libraries. At the end rename
 * the folder into place. A process that dies anywhere in between leaves a temporary folder at most,
 * and the lock goes with the process.
 */
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { fileChecksum, whileLocked } from "../../data/files.ts";
import { formatBytes, startProgress } from "../../data/progress.ts";
import { downloadWheel } from "./pip.ts";
import {
  downloadSize,
  installedSize,
  isInstalled,
  placeOf,
  type Runtime,
  spaceNeeded,
  unpackedSize,
  type Wheel,
} from "./runtimes.ts";
import { sharedLibrary } from "./shared_library.ts";

const PARTIAL_PREFIX = ".partial-tensorflow-";

/** To tell how long a download may take, in bytes a second: 100 Mbit/s. */
const USUAL_SPEED = 12.5e6;

export interface InstallOptions {
  /** Commands to try for Python, in this order. */
  readonly python?: readonly string[];
  /** Whether what is there is read and compared; else the sizes of its files are enough. */
  readonly verify?: boolean;
}

/**
 * Puts a runtime into its folder in the cache, unless it is there or another process just did.
 * Waits while another process installs. Narrates on stderr.
 *
 * @throws {UserError} if that is impossible; the cache is then as before
 */
export async function installRuntime(
  folder: string,
  runtime: Runtime,
  { python, verify = false }: InstallOptions = {},
): Promise<void> {
  const root = dirname(folder);
  try {
    await Deno.mkdir(root, { recursive: true });
    await whileLocked(join(root, "tensorflow.lock"), async () => {
      const isThere = isInstalled(folder, runtime) &&
        !(verify && (await differingFiles(folder, runtime)).length > 0);
      if (isThere) return;
      await sweep(root);
      await requireSpace(root, runtime);
      await install(folder, runtime, python);
    }, { onWait: sayWaiting });
  } catch (error) {
    throw explain(error, root);
  }
}

/** Paths of the files in a runtime's folder that differ from what was published; reads them all. */
export async function differingFiles(
  folder: string,
  runtime: Runtime,
): Promise<string[]> {
  const wanted = runtime.wheels.flatMap(({ members }) =>
    members.map((member) => [placeOf(runtime, member), member.sha256] as const)
  );
  const differing: string[] = [];
  for (const [place, sha256] of wanted) {
    const path = join(folder, place);
    const actual = await fileChecksum(path, "sha256").catch(() => undefined);
    if (actual !== `sha256:${sha256}`) differing.push(path);
  }
  return differing;
}

function sayWaiting(): void {
  console.error(
    "Another process is getting TensorFlow; waiting for it to finish.",
  );
}

/** Only called under the lock, so whoever made these folders is gone. */
async function sweep(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(root)) {
    if (!name.startsWith(PARTIAL_PREFIX)) continue;
    // One that cannot be removed is in nobody's way.
    await Deno.remove(join(root, name), { recursive: true }).catch(() => {});
  }
}

async function requireSpace(root: string, runtime: Runtime): Promise<void> {
  const needed = spaceNeeded(runtime);
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new UserError(
    `Cannot install ${runtime.title} in ${root} as ${
      formatBytes(needed)
    } must be ` +
      `free on its disk: current value is ${formatBytes(free)}. ` +
      "Free some, or set TENFOLD_CACHE=/path/to/folder to a folder on another disk.",
  );
}

async function install(
  folder: string,
  runtime: Runtime,
  python: readonly string[] | undefined,
): Promise<void> {
  const root = dirname(folder);
  console.error(`Getting ${describe(runtime)}, once, into ${folder}`);
  const partial = join(root, PARTIAL_PREFIX + crypto.randomUUID());
  const work = join(partial, "work");
  try {
    for (const wheel of runtime.wheels) {
      await Deno.mkdir(work, { recursive: true });
      const file = await download(wheel, work, python);
      await requireHash(file, wheel);
      await unpackWithProgress(file, wheel, partial, runtime);
      await Deno.remove(work, { recursive: true });
    }
    for (const place of runtime.empty) await writeEmpty(join(partial, place));
    await syncFolders(partial);
    // A folder that is there already is a damaged one.
    await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
    await Deno.rename(partial, folder);
    await syncFolder(root);
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(ignoreMissing);
    throw error;
  }
}

/** What it is and costs, before it begins. */
function describe(runtime: Runtime): string {
  const bytes = downloadSize(runtime);
  const seconds = bytes / USUAL_SPEED;
  const time = seconds < 90
    ? `${Math.ceil(seconds)} s`
    : `${Math.ceil(seconds / 60)} minutes`;
  return `${runtime.title} (${formatBytes(bytes)} to download, about ${time} ` +
    `at 100 Mbit/s; ${formatBytes(installedSize(runtime))} on the disk)`;
}

/** A library that has its name and no function: enough where it is only opened. */
async function writeEmpty(path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, sharedLibrary(basename(path)));
}

async function download(
  wheel: Wheel,
  work: string,
  python?: readonly string[],
): Promise<string> {
  const progress = startProgress(`Downloading ${wheel.name}`, wheel.size, {
    unit: "bytes",
  });
  try {
    const file = await downloadWheel(wheel, work, {
      ...(python && { python }),
      onBytes: (bytes) => progress.update(bytes),
    });
    progress.update(wheel.size);
    return file;
  } finally {
    progress.stop();
  }
}

/** pip has checked the hash; this guards against a pip that does not. */
async function requireHash(path: string, wheel: Wheel): Promise<void> {
  const actual = (await fileChecksum(path, "sha256")).replace("sha256:", "");
  if (actual === wheel.sha256) return;
  throw new UserError(
    `Cannot use the downloaded ${wheel.name} ${wheel.version} as its sha256 must be ` +
      `${wheel.sha256}: current value is ${actual}.`,
  );
}

async function unpackWithProgress(
  file: string,
  wheel: Wheel,
  folder: string,
  runtime: Runtime,
): Promise<void> {
  const progress = startProgress("Unpacking", unpackedSize(wheel), {
    unit: "bytes",
  });
  try {
    const members = wheel.members.map((member) =>
      [member.path, join(folder, placeOf(runtime, member))] as const
    );
    await unpack(file, members, {
      onBytes: (bytes) => progress.update(bytes),
    });
  } finally {
    progress.stop();
  }
}

/** Makes the names in a folder and in those below survive a power cut. */
async function syncFolders(path: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await syncFolders(join(path, name));
  }
  await syncFolder(path);
}

/** Where the file system can do that. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync().catch(() => {});
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** A failure of the system is the user's to mend; anything else is a defect and stays as it is. */
function explain(error: unknown, root: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof UserError) {
    // Of a cache that cannot be written the lock tells, which knows no way out.
    if (!error.message.startsWith("Cannot lock ")) return error;
    return new UserError(
      `${error.message}. TENFOLD_CACHE=/path/to/folder chooses another folder.`,
    );
  }
  const { code } = error as { code?: string };
  if (code === undefined) return error;
  const reason = code === "ENOSPC" || code === "EDQUOT"
    ? "its disk must have space left: it is full"
    : `it must be a folder that can be written: ${error.message}`;
  return new UserError(
    `Cannot install TensorFlow in ${root} as ${reason}. ` +
      "TENFOLD_CACHE=/path/to/folder chooses another folder.",
  );
}

/**
 * Writes some members of a zip file to paths, programs so that they can be run, checks their CRC-32
 * and brings them to the disk. Holds a few MB in memory, however large they are.
 *
 * @param members each one's name and where it goes
 *
 * @throws {Error} if a member is missing or damaged, or cannot be written
 */
export async function unpack(
  zipFile: string,
  members: readonly (readonly [string, string])[],
  { onBytes = () => {} }: { onBytes?: (total: number) => void } = {},
): Promise<void> {
  using file = await Deno.open(zipFile);
  const zip = new ZipReader(new FileReader(file), {
    useWebWorkers: false,
    checkSignature: true,
  });
  const entries = await zip.getEntries();
  let total = 0;
  for (const [member, path] of members) {
    const entry = entries.find(({ filename }) => filename === member);
    if (entry === undefined || entry.directory) {
      throw new Error(`Cannot unpack ${zipFile} as it must hold ${member}.`);
    }
    await Deno.mkdir(dirname(path), { recursive: true });
    using target = await Deno.open(path, {
      create: true,
      write: true,
      truncate: true,
      mode: basename(dirname(path)) === "bin" ? 0o755 : 0o644,
    });
    await drain(entry, async (chunk) => {
      await writeAll(target, chunk);
      onBytes(total += chunk.length);
    });
    await target.sync();
  }
}

/** zip.js replaces an error of the stream it writes to by one of its own, which hides the cause. */
async function drain(
  entry: FileEntry,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  let cause: unknown;
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) =>
      write(chunk).catch((error) => {
        throw cause = error;
      }),
  });
  try {
    await entry.getData(stream);
  } catch (error) {
    throw cause ?? error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** Random access to an open file. */
class FileReader extends Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    super(file);
    this.#file = file;
  }

  override async init(): Promise<void> {
    await super.init?.();
    this.size = (await this.#file.stat()).size;
  }

  override async readUint8Array(
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let read = 0;
    while (read < length) {
      const count = await this.#file.read(bytes.subarray(read));
      if (count === null) break;
      read += count;
    }
    return bytes.subarray(0, read);
  }
}

/**
 * Lock the cache, sweep what dead attempts left, download the wheel into a temporary folder beside
 * the final one, check it, unpack the libraries, rename the folder into place. A process that dies
 * anywhere in between leaves a temporary folder at most, and the lock goes with the process.
 */
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UserError } from "../../data/errors.ts";
import { whileLocked } from "../../data/files.ts";
import { formatBytes, startProgress } from "../../data/progress.ts";
import {
  isInstalled,
  libraryError,
  libraryFolder,
  spaceNeeded,
  unpackedSize,
  type Wheel,
} from "./library.ts";
import { downloadWheel } from "./pip.ts";

const partialPrefix = ".partial-tensorflow-";

/**
 * Puts a wheel's libraries into the cache, unless another process just did, and returns their
 * folder. Waits while another process installs. Narrates on stderr.
 *
 * @throws {UserError} if that is impossible; the cache is then as before
 */
export async function installLibrary(
  cache: string,
  wheel: Wheel,
  python?: readonly string[],
): Promise<string> {
  const root = resolve(cache);
  const folder = libraryFolder(root, wheel);
  try {
    await Deno.mkdir(root, { recursive: true });
    await whileLocked(join(root, "tensorflow.lock"), async () => {
      if (isInstalled(folder, wheel)) return;
      await sweep(root);
      await requireSpace(root, wheel);
      await install(root, folder, wheel, python);
    }, { onWait: sayWaiting });
    return folder;
  } catch (error) {
    throw explain(error, root);
  }
}

function sayWaiting(): void {
  console.error(
    "Another process is getting TensorFlow; waiting for it to finish.",
  );
}

/** Only called under the lock, so whoever made these folders is gone. */
async function sweep(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(root)) {
    if (!name.startsWith(partialPrefix)) continue;
    // One that cannot be removed is in nobody's way.
    await Deno.remove(join(root, name), { recursive: true }).catch(() => {});
  }
}

async function requireSpace(root: string, wheel: Wheel): Promise<void> {
  const needed = spaceNeeded(wheel);
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw libraryError(
    `Cannot install TensorFlow in ${root} as ${formatBytes(needed)} must be ` +
      `free on its disk: current value is ${formatBytes(free)}. ` +
      "Free some, or set TENFOLD_CACHE=/path/to/folder to a folder on another disk.",
  );
}

async function install(
  root: string,
  folder: string,
  wheel: Wheel,
  python: readonly string[] | undefined,
): Promise<void> {
  console.error(
    `Getting TensorFlow ${wheel.version} (${formatBytes(wheel.size)}), ` +
      `once, into ${folder}`,
  );
  const partial = join(root, partialPrefix + crypto.randomUUID());
  const work = join(partial, "work");
  await Deno.mkdir(work, { recursive: true });
  try {
    const file = await download(wheel, work, python);
    await requireHash(file, wheel);
    await unpackWithProgress(file, wheel, partial);
    await Deno.remove(work, { recursive: true });
    await syncFolder(partial);
    // A folder that is there already is a damaged one: its files have the wrong sizes.
    await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
    await Deno.rename(partial, folder);
    await syncFolder(root);
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(ignoreMissing);
    throw error;
  }
}

async function download(
  wheel: Wheel,
  work: string,
  python?: readonly string[],
): Promise<string> {
  const progress = startProgress("Downloading", wheel.size, { unit: "bytes" });
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
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  const actual = hash.digest("hex");
  if (actual === wheel.sha256) return;
  throw libraryError(
    `Cannot use the downloaded ${wheel.name} ${wheel.version} as its sha256 must be ` +
      `${wheel.sha256}: current value is ${actual}.`,
  );
}

async function unpackWithProgress(
  file: string,
  wheel: Wheel,
  folder: string,
): Promise<void> {
  const progress = startProgress("Unpacking", unpackedSize(wheel), {
    unit: "bytes",
  });
  try {
    await unpack(file, wheel.members.map(({ path }) => path), folder, {
      onBytes: (bytes) => progress.update(bytes),
    });
  } finally {
    progress.stop();
  }
}

/** Makes the names in a folder survive a power cut, where the file system can do that. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync().catch(() => {});
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** A failure of the system is the user's to mend; anything else is a defect and stays as it is. */
function explain(error: unknown, root: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const { code } = error as { code?: string };
  if (code === undefined) return error;
  const reason = code === "ENOSPC" || code === "EDQUOT"
    ? "its disk must have space left: it is full"
    : `it must be a folder that can be written: ${error.message}`;
  return libraryError(
    `Cannot install TensorFlow in ${root} as ${reason}. ` +
      "TENFOLD_CACHE=/path/to/folder chooses another folder.",
  );
}

/**
 * Writes some members of a zip file into a folder, side by side under their base names, checks
 * their CRC-32 and brings them to the disk. Holds a few MB in memory, however large they are.
 *
 * @throws {Error} if a member is missing or damaged, or cannot be written
 */
export async function unpack(
  zipFile: string,
  members: readonly string[],
  folder: string,
  { onBytes = () => {} }: { onBytes?: (total: number) => void } = {},
): Promise<void> {
  using file = await Deno.open(zipFile);
  const zip = new ZipReader(new FileReader(file), {
    useWebWorkers: false,
    checkSignature: true,
  });
  const entries = await zip.getEntries();
  let total = 0;
  for (const member of members) {
    const entry = entries.find(({ filename }) => filename === member);
    if (entry === undefined || entry.directory) {
      throw new Error(`Cannot unpack ${zipFile} as it must hold ${member}.`);
    }
    using target = await Deno.open(join(folder, basename(member)), {
      create: true,
      write: true,
      truncate: true,
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

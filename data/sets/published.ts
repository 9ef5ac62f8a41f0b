/**
 * Files that may lie in a folder as they are, or packed as `.gz` or `.xz`. A sound file gives its
 * bytes; any other a {@link UserError} of one sentence without a full stop, for the caller to end.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import xz from "xz-decompress";
import { UserError } from "../errors.ts";
import { cacheFolder } from "../files.ts";

export interface PackedFile {
  /** Where the file was found. */
  readonly path: string;
  /** Its content, unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export async function readPacked(
  folder: string,
  name: string,
): Promise<PackedFile> {
  const path = await findPacked(folder, name);
  if (path === undefined) {
    throw new UserError(
      `Cannot read ${name} as it must lie in ${folder}, plain or as .gz or .xz: ` +
        "current value is no such file",
    );
  }
  return { path, bytes: await unpack(path, await readBytes(path)) };
}

/** Path of the first of `name`, `name.gz` and `name.xz` that exists. */
export async function findPacked(
  folder: string,
  name: string,
): Promise<string | undefined> {
  for (const suffix of ["", ".gz", ".xz"]) {
    const path = join(folder, name + suffix);
    const found = await Deno.stat(path).catch(() => undefined);
    if (found) return path;
  }
  return undefined;
}

/** The bytes of a file, or the reason why the system does not hand them out. */
export async function readBytes(
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new UserError(
      `Cannot read ${path} as it must be a readable file: ` +
        `current value is "${(error as Error).message}"`,
    );
  }
}

/**
 * Checks the content against a list of `md5:<hex>` or `sha256:<hex>` and returns the one it has.
 */
export function verify(
  { path, bytes }: PackedFile,
  checksums: readonly string[],
): string {
  const found = checksums.map((checksum) => {
    const algorithm = checksum.split(":")[0]!;
    const digest = createHash(algorithm).update(bytes).digest("hex");
    return `${algorithm}:${digest}`;
  });
  const match = checksums.find((checksum, i) => checksum === found[i]);
  if (match !== undefined) return match;
  throw new UserError(
    `Cannot use ${path} as its unpacked content must have the checksum ` +
      `${checksums.join(" or ")}: current value is ${found.join(" or ")}`,
  );
}

async function unpack(path: string, bytes: Uint8Array<ArrayBuffer>) {
  if (path.endsWith(".gz")) return await unpackGzip(path, bytes);
  // Seconds for each file, in every process that trains.
  if (path.endsWith(".xz")) {
    return await keptCopy(bytes, () => unpackXz(path, bytes));
  }
  return bytes;
}

function unpackGzip(path: string, bytes: Uint8Array<ArrayBuffer>) {
  const gunzip = new DecompressionStream("gzip");
  return drain(path, bytes, () => streamOf(bytes).pipeThrough(gunzip));
}

function unpackXz(path: string, bytes: Uint8Array<ArrayBuffer>) {
  return drain(path, bytes, () => new xz.XzReadableStream(streamOf(bytes)));
}

function streamOf(bytes: Uint8Array<ArrayBuffer>) {
  return new Blob([bytes]).stream();
}

async function drain(
  path: string,
  packed: Uint8Array,
  open: () => ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await new Response(open() as ReadableStream<Uint8Array<ArrayBuffer>>)
      .bytes();
  } catch {
    throw new UserError(
      `Cannot unpack ${path} as it must be whole and of the kind its name says: ` +
        `current value is ${packed.length} bytes that are damaged or end too early`,
    );
  }
}

/**
 * What `unpack` makes of `packed`, from the cache if it was made before (2 s for 30 MB of xz). A
 * copy starts with the SHA-256 of its content, so that a damaged one is made again. A cache that
 * cannot be written costs time alone.
 */
export async function keptCopy(
  packed: Uint8Array,
  unpack: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = join(cacheFolder(), "unpacked");
  const path = join(folder, sha256(packed).toString("hex"));
  const kept = await Deno.readFile(path).catch(() => undefined);
  if (kept) {
    const content = kept.subarray(32);
    if (sha256(content).equals(kept.subarray(0, 32))) return content;
  }
  const content = await unpack();
  await write(folder, path, content).catch(() => undefined);
  return content;
}

/** Under another name first: another process may read at any time. */
async function write(folder: string, path: string, content: Uint8Array) {
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (let part of [sha256(content), content]) {
      while (part.length > 0) part = part.subarray(await file.write(part));
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  }
}

function sha256(bytes: Uint8Array) {
  return createHash("sha256").update(bytes).digest();
}

/** What is known of a published data set before it is opened. */

export interface StandardSet {
  readonly name: string;
  /** Name of its folder wherever data sets lie. */
  readonly folder: string;
  /** Names of its unpacked files. */
  readonly files: readonly string[];
}

/**
 * The folder of the set: of `directory/<its usual name>` and `directory` itself the first that has
 * one of its files; without a directory the folder in the cache that fetched sets go to.
 *
 * @throws {UserError} If no such folder has one.
 */
export async function locate(
  set: StandardSet,
  directory?: string,
): Promise<string> {
  const place = await findPlace(set, directory);
  if (place !== undefined) return place;
  throw new UserError(
    `Cannot load ${set.name} as its files must lie in ${
      places(set, directory).join(" or ")
    }: ` +
      `current value is a place without them. Get them with "deno task fetch ${set.name}", ` +
      "or name the folder that holds them with --data",
  );
}

/** As {@link locate}, but undefined instead of an error. */
export async function findPlace(
  set: StandardSet,
  directory?: string,
): Promise<string | undefined> {
  for (const place of places(set, directory)) {
    for (const file of set.files) {
      if (await findPacked(place, file) !== undefined) return place;
    }
  }
  return undefined;
}

function places(set: StandardSet, directory?: string): string[] {
  if (directory === undefined) return [fetchedFolder(set)];
  return [join(directory, set.folder), directory];
}

/** Where a fetched set lies. */
export function fetchedFolder(set: StandardSet): string {
  return join(cacheFolder(), "datasets", set.folder);
}

/** Ends the sentence of an error about one of the set's files with what to do about it. */
export async function withRemedy<T>(
  set: StandardSet,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}. Delete the file and run "deno task fetch ${set.name}" for a sound copy ` +
        "in the cache, where it is found without --data",
    );
  }
}

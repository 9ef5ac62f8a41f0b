/**
 * Files that may lie in a folder as they are, or packed as `.gz` or `.xz`. A sound file gives its
 * bytes; any other a {@link UserError} of one sentence without a full stop, for the caller to end.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import xz from "xz-decompress";
import { UserError } from "../errors.ts";
import { AttemptFile, cacheFolder } from "../files.ts";
import { concat } from "./dataset.ts";

export interface PackedFile {
  /** Where the file was found. */
  readonly path: string;
  /** Its content, unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A file that is not there or cannot be opened, as against one with another content: nothing is
 * won by deleting it.
 */
class MissingError extends UserError {}

/** More than any file of a known set unpacks to: what goes on beyond is no data. */
const MAX_UNPACKED_BYTES = 256 * 2 ** 20;

/**
 * Finds and unpacks one file.
 *
 * @throws {UserError} If it is not there, damaged or unpacks to more than `limit` bytes.
 */
export async function readPacked(
  folder: string,
  name: string,
  limit = MAX_UNPACKED_BYTES,
): Promise<PackedFile> {
  const path = await findPacked(folder, name);
  if (path === undefined) {
    throw new MissingError(
      `Cannot read ${name} as it must lie in ${folder}, plain or as .gz or .xz: ` +
        "current value is no such file",
    );
  }
  return { path, bytes: await unpack(path, await readBytes(path), limit) };
}

/**
 * Path of the first file of `name`, `name.gz` and `name.xz`, or `name/name` as some archives unpack
 * it; and the same with a dot before `idx`, as MNIST's files are also called.
 */
export async function findPacked(
  folder: string,
  name: string,
): Promise<string | undefined> {
  for (const spelt of new Set([name, name.replace("-idx", ".idx")])) {
    const paths = ["", ".gz", ".xz"].map((suffix) => spelt + suffix);
    for (const path of [...paths, join(spelt, spelt)]) {
      const found = await Deno.stat(join(folder, path)).catch(() => undefined);
      if (found?.isFile) return join(folder, path);
    }
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
    throw new MissingError(
      `Cannot read ${path} as it must be a readable file: ` +
        `current value is "${(error as Error).message}"`,
    );
  }
}

/**
 * Checks the content against a list of `md5:<hex>` or `sha256:<hex>` and returns the one it has.
 */
export function verifyFile(
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

async function unpack(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
) {
  if (path.endsWith(".gz")) {
    return await drain(
      path,
      bytes,
      () => streamOf(bytes).pipeThrough(new DecompressionStream("gzip")),
      limit,
    );
  }
  // Seconds for each file, in every process that trains.
  if (path.endsWith(".xz")) {
    return await keptCopy(bytes, () =>
      drain(
        path,
        bytes,
        () => new xz.XzReadableStream(streamOf(bytes)),
        limit,
      ));
  }
  return bytes;
}

function streamOf(bytes: Uint8Array<ArrayBuffer>) {
  return new Blob([bytes]).stream();
}

async function drain(
  path: string,
  packed: Uint8Array,
  open: () => ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of open()) {
      length += part.length;
      if (length > limit) break;
      // A decoder may use its buffer again.
      parts.push(part.slice());
    }
  } catch {
    throw new UserError(
      `Cannot unpack ${path} as it must be whole and of the kind its name says: ` +
        `current value is ${packed.length} bytes that are damaged or end too early`,
    );
  }
  if (length <= limit) return concat(parts);
  throw new UserError(
    `Cannot unpack ${path} as it must unpack to at most ${limit} bytes: ` +
      `current value is ${packed.length} bytes that unpack to more`,
  );
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
  const name = sha256(packed).toString("hex");
  const path = join(cacheFolder(), "unpacked", name);
  const kept = await Deno.readFile(path).catch(() => undefined);
  if (kept) {
    const content = kept.subarray(32);
    if (sha256(content).equals(kept.subarray(0, 32))) return content;
  }
  const content = await unpack();
  try {
    const copy = new AttemptFile(path);
    copy.appendBytes(sha256(content));
    copy.appendBytes(content);
    copy.commit();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return content;
}

function sha256(bytes: Uint8Array) {
  return createHash("sha256").update(bytes).digest();
}

/** What is known of a published data set before it is opened. */
export interface PublishedSet {
  readonly name: string;
  /** Name of its folder wherever data sets lie. */
  readonly folder: string;
  /** Names of its unpacked files. */
  readonly files: readonly string[];
  /** Where the folder lies if it is part of the project: there, whatever the user names. */
  readonly home?: string;
  /** Where it is published, if `fetch` can get it. */
  readonly source?: Source;
}

/** Where a set is published. */
export interface Source {
  /** Address of the folder of the downloads, without a slash at the end. */
  readonly base: string;
  /** Path of the downloads below a mirror's address: empty or with a slash at the end. */
  readonly mirrored: string;
  /** The set's files themselves, packed, or one `.tar.gz` that holds their folder. */
  readonly downloads: readonly Download[];
}

export interface Download {
  readonly name: string;
  /** As `md5:<hex>` or `sha256:<hex>`. */
  readonly checksum: string;
  /** Bytes: a server that sends more is cut off. */
  readonly size: number;
}

/**
 * The folder of the set: of `directory/<its usual name>` and `directory` itself the first that has
 * one of its files; without a directory the folder in the cache that fetched sets go to.
 *
 * @throws {UserError} If no such folder has one.
 */
export async function locateSet(
  set: PublishedSet,
  directory?: string,
): Promise<string> {
  const place = await findPlace(set, directory);
  if (place !== undefined) return place;
  throw new UserError(
    `Cannot load ${set.name} as its files (${
      set.files.join(", ")
    }, plain or as .gz or .xz) must lie in ${
      places(set, directory).join(" or ")
    }: current value is a place without them. ${waysTo(set)}`,
  );
}

function waysTo({ name }: PublishedSet): string {
  return `Get them with "deno task fetch ${name}", or name the folder that holds them with --data`;
}

/** As {@link locateSet}, but undefined instead of an error. */
export async function findPlace(
  set: PublishedSet,
  directory?: string,
): Promise<string | undefined> {
  for (const place of places(set, directory)) {
    for (const file of set.files) {
      if (await findPacked(place, file) !== undefined) return place;
    }
  }
  return undefined;
}

function places(set: PublishedSet, directory?: string): string[] {
  if (set.home !== undefined) return [set.home];
  if (directory === undefined) return [fetchedFolder(set)];
  return [join(directory, set.folder), directory];
}

/** Where a fetched set lies. */
export function fetchedFolder(set: PublishedSet): string {
  return join(cacheFolder(), "datasets", set.folder);
}

/** Ends the sentence of an error about one of the set's files with what to do about it. */
export async function withRemedy<T>(
  set: PublishedSet,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error instanceof MissingError) {
      throw new UserError(
        `${error.message}. The set is ${set.files.join(", ")}. ${waysTo(set)}`,
      );
    }
    throw new UserError(
      `${error.message}. Delete the file and run "deno task fetch ${set.name}" for a sound copy ` +
        "in the cache, where it is found without --data",
    );
  }
}

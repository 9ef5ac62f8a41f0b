/**
 * Files that may lie in a folder as they are, or packed as `.gz` or `.xz`. A sound file gives its
 * bytes; any other a {@link UserError} of one sentence without a full stop, for the caller to end.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import xz from "xz-decompress";
import { UserError } from "../user_error.ts";
import { keptCopy } from "./kept_copy.ts";

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

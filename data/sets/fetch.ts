import { createTarDecoder } from "modern-tar";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileChecksum, type LockOptions, whileLocked } from "../files.ts";
import { download, type DownloadOptions } from "./download.ts";
import {
  type Download,
  fetchedFolder,
  findPacked,
  type PublishedSet,
  type Source,
} from "./published.ts";

/** A set that is published somewhere. */
export type FetchableSet = PublishedSet & { readonly source: Source };

export interface FetchOptions extends DownloadOptions, LockOptions {
  /** Address of a server that holds the files instead; `TENFOLD_MIRROR` unless given. */
  readonly mirror?: string | undefined;
}

export interface Fetched {
  readonly folder: string;
  /** False if the set was there already. */
  readonly isNew: boolean;
}

/**
 * Gets a set from its official address, or a mirror, into the cache. Whole files appear there or none; two processes take turns; after an
 * interrupt the next call goes on where this one stopped.
 *
 * @throws {UserError} If the set cannot be fetched, or what is served is not it.
 */
export async function fetchSet(
  set: FetchableSet,
  options: FetchOptions = {},
): Promise<Fetched> {
  const address = addressOf(set.source, options.mirror);
  const folder = fetchedFolder(set);
  await makeFolder(dirname(folder));
  const [first] = set.source.downloads;
  const act = first!.name.endsWith(".tar.gz")
    ? () => fetchArchive(set, first!, address, options)
    : () => fetchFiles(set, address, options);
  const isNew = await whileLocked(`${folder}.lock`, act, options);
  return { folder, isNew };
}

function addressOf({ base, mirrored }: Source, option?: string) {
  const mirror = option ?? Deno.env.get("TENFOLD_MIRROR");
  if (!mirror) return `${base}/`;
  if (/^https?:\/\//.test(mirror) && URL.canParse(mirror)) {
    return `${mirror.replace(/\/+$/, "")}/${mirrored}`;
  }
  throw new UserError(
    "Cannot fetch from a mirror as TENFOLD_MIRROR must be an http or https address: " +
      `current value is ${JSON.stringify(mirror)}`,
  );
}

async function fetchFiles(
  set: FetchableSet,
  address: string,
  options: FetchOptions,
): Promise<boolean> {
  const folder = fetchedFolder(set);
  await makeFolder(folder);
  let isNew = false;
  for (const file of set.source.downloads) {
    const path = join(folder, file.name);
    isNew = await bring(file, path, address, options) || isNew;
  }
  return isNew;
}

async function fetchArchive(
  set: PublishedSet,
  file: Download,
  address: string,
  options: FetchOptions,
): Promise<boolean> {
  const folder = fetchedFolder(set);
  const found = await Promise.all(
    set.files.map((file) => findPacked(folder, file)),
  );
  if (!found.includes(undefined)) return false;
  const archive = join(dirname(folder), file.name);
  await bring(file, archive, address, options);
  const unpacked = `${folder}.part`;
  await removeTree(unpacked);
  try {
    await unpackTar(
      archive,
      unpacked,
      set.files.map((file) => `${set.folder}/${file}`),
    );
    await removeTree(folder);
    await Deno.rename(unpacked, folder);
  } finally {
    await removeTree(unpacked);
  }
  await Deno.remove(archive);
  return true;
}

/** Downloads what is not there already, as its checksum tells; returns whether it had to. */
async function bring(
  { name, checksum, size }: Download,
  path: string,
  address: string,
  options: FetchOptions,
): Promise<boolean> {
  const found = await fileChecksum(path, checksum.split(":")[0]!)
    .catch(() => undefined);
  if (found === checksum) return false;
  await download(address + name, path, checksum, { ...options, limit: size });
  return true;
}

async function removeTree(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new UserError(
      `Cannot make ${path} as the cache must be writable: current value is ` +
        `"${
          (error as Error).message
        }". TENFOLD_CACHE names another folder for it`,
    );
  }
}

/**
 * Unpacks from a `.tar.gz` the files of those names, written as in the archive, side by side into
 * `folder`, which it makes. No name out of the archive ever reaches the disk.
 */
export async function unpackTar(
  archive: string,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const missing = new Set(names);
  try {
    await Deno.mkdir(folder, { recursive: true });
    using file = await Deno.open(archive);
    const entries = file.readable
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of entries) {
      if (header.type !== "file" || !missing.delete(header.name)) {
        await body.cancel();
        continue;
      }
      await Deno.writeFile(join(folder, basename(header.name)), body);
    }
  } catch (error) {
    throw new UserError(
      `Cannot unpack ${archive} into ${folder} as it must be a whole .tar.gz and the disk must ` +
        `have room: current value is "${(error as Error).message}"`,
    );
  }
  if (missing.size > 0) {
    throw new UserError(
      `Cannot unpack ${archive} as it must hold ${names.join(", ")}: ` +
        `current value is an archive without ${[...missing].join(", ")}`,
    );
  }
}

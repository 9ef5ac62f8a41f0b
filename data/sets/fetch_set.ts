import { dirname, join } from "node:path";
import { UserError } from "../user_error.ts";
import { download, type DownloadOptions } from "./download.ts";
import { fileChecksum } from "./file_checksum.ts";
import { type LockOptions, whileLocked } from "./lock.ts";
import { findPacked } from "./packed_file.ts";
import { fetchedFolder, type StandardSet } from "./standard_set.ts";
import { unpackTar } from "./unpack_tar.ts";

/** Where a set is published. */
export interface Source {
  readonly set: StandardSet;
  /** Address of the folder of the downloads, without a slash at the end. */
  readonly base: string;
  /** Path of the downloads below a mirror's address: empty or with a slash at the end. */
  readonly mirrored: string;
  /** The set's files themselves, packed, or one `.tar.gz` that holds their folder. */
  readonly downloads: readonly Download[];
}

interface Download {
  readonly name: string;
  /** As `md5:<hex>` or `sha256:<hex>`. */
  readonly checksum: string;
}

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
 * Gets a set into the cache. Whole files appear there or none; two processes take turns; after an
 * interrupt the next call goes on where this one stopped.
 */
export async function fetchSet(
  source: Source,
  options: FetchOptions = {},
): Promise<Fetched> {
  const address = addressOf(source, options.mirror);
  const folder = fetchedFolder(source.set);
  await makeFolder(dirname(folder));
  const [first] = source.downloads;
  const act = first!.name.endsWith(".tar.gz")
    ? () => fetchArchive(source.set, first!, address, options)
    : () => fetchFiles(source, address, options);
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
  { set, downloads }: Source,
  address: string,
  options: FetchOptions,
): Promise<boolean> {
  const folder = fetchedFolder(set);
  await makeFolder(folder);
  let isNew = false;
  for (const file of downloads) {
    const path = join(folder, file.name);
    isNew = await bring(file, path, address, options) || isNew;
  }
  return isNew;
}

async function fetchArchive(
  set: StandardSet,
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
  { name, checksum }: Download,
  path: string,
  address: string,
  options: FetchOptions,
): Promise<boolean> {
  const found = await fileChecksum(path, checksum.split(":")[0]!)
    .catch(() => undefined);
  if (found === checksum) return false;
  await download(address + name, path, checksum, options);
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

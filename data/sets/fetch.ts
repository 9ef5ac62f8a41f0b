import { createTarDecoder } from "modern-tar";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileChecksum, type LockOptions, whileLocked } from "../files.ts";
import { CIFAR_10 } from "./cifar_10.ts";
import { download, type DownloadOptions } from "./download.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import { fetchedFolder, findPacked, type StandardSet } from "./published.ts";

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

/** Addresses from the README of zalandoresearch/fashion-mnist and from CIFAR-10's page. */
const SOURCES: readonly Source[] = [
  {
    set: FASHION_MNIST,
    base: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    mirrored: "fashion-mnist/",
    downloads: [
      {
        name: "train-images-idx3-ubyte.gz",
        checksum:
          "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      },
      {
        name: "train-labels-idx1-ubyte.gz",
        checksum:
          "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      },
      {
        name: "t10k-images-idx3-ubyte.gz",
        checksum:
          "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        checksum:
          "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      },
    ],
  },
  {
    set: CIFAR_10,
    base: "https://www.cs.toronto.edu/~kriz",
    mirrored: "",
    downloads: [{
      name: "cifar-10-binary.tar.gz",
      checksum: "md5:c32a1d4ab5d03f1284b67883e8d87530",
    }],
  },
];

/** The names that {@link fetchDataset} knows. */
export const FETCHABLE: readonly string[] = SOURCES.map(({ set }) => set.name);

/**
 * Gets a published data set from its official address, or a mirror, into the cache, where
 * {@link loadDataset} finds it.
 *
 * @throws {UserError} If the set cannot be fetched, or what is served is not it.
 */
export async function fetchDataset(
  name: string,
  options?: FetchOptions,
): Promise<Fetched> {
  const source = SOURCES.find(({ set }) => set.name === name);
  if (source) return await fetchSet(source, options);
  throw new UserError(
    `Cannot fetch a data set as its name must be one of ${
      FETCHABLE.join(", ")
    }: ` +
      `current value is ${
        JSON.stringify(name)
      }. The subset fashion-mnist-subset is part of the ` +
      "project, and an image folder is one's own",
  );
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

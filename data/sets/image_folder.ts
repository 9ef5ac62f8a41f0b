/**
 * A folder of one's own images as a data set: `train`, `val` and `test` with a folder for each class
 * in each, or the class folders alone. A split that is missing is drawn from the training images: a
 * tenth of each class, at least one image, by a fixed seed. Training images are in one fixed
 * shuffled order, so that the first n are a fair sample. Mean and deviation are the training
 * split's own. Nothing that may be a picture is passed over without a word: it is taken, refused by
 * its name, or named in a note.
 */
import { extname, join, relative } from "node:path";
import { UserError } from "../errors.ts";
import { random } from "../random.ts";
import type { Dataset, Split, SplitName } from "./dataset.ts";
import { decodeImage, isPicture, square } from "./picture.ts";
import { readBytes } from "./published.ts";

interface Sample {
  readonly path: string;
  readonly label: number;
}

/** Images are cut to their centre square and averaged over areas to `size` x `size` pixels. */
export async function loadImageFolder(
  directory: string,
  size = 32,
): Promise<Dataset> {
  const { splits, beside } = await readFolderTree(directory);
  const { classes } = splits.train;
  const missing = (["validation", "test"] as const).filter((name) =>
    !splits[name]
  );
  const samples = drawSplits(splits, missing);
  const order = random(0, "image folder order");
  const training = Array.from(
    order.permutation(samples.train.length),
    (i) => samples.train[i]!,
  );
  const [train, validation, test] = await readSplits(directory, size, [
    training,
    samples.validation,
    samples.test,
  ]);
  return {
    name: "folder",
    classes,
    height: size,
    width: size,
    channels: 3,
    ...moments(train.images),
    train,
    validation,
    test,
    notes: [
      ...missing.map((name) =>
        `The image folder has no ${name} split: a tenth of each class's training images, drawn by ` +
        `a fixed seed, serves as it.`
      ),
      ...beside.length === 0 ? [] : [
        `Left out as they lie beside the class folders: ${someOf(beside)}.`,
      ],
    ],
  };
}

/** The samples of each split, by class; those of `missing` ones are taken out of train. */
function drawSplits(
  splits: FolderTree["splits"],
  missing: readonly SplitName[],
): Record<SplitName, Sample[]> {
  const samples: Record<SplitName, Sample[]> = {
    train: [],
    validation: samplesOf(splits.validation),
    test: samplesOf(splits.test),
  };
  splits.train.classes.forEach((name, label) => {
    const files = splits.train.files[label]!;
    if (files.length <= missing.length) {
      throw new UserError(
        `Cannot draw a ${
          missing.join(" and a ")
        } split as each class must have at least ` +
          `${
            missing.length + 1
          } training images: current value is ${files.length} of ` +
          JSON.stringify(name),
      );
    }
    const order = random(0, `image folder split ${name}`)
      .permutation(files.length);
    const tenth = Math.max(1, Math.round(files.length / 10));
    order.forEach((file, place) => {
      const split = missing[Math.floor(place / tenth)] ?? "train";
      samples[split].push({ path: files[file]!, label });
    });
  });
  return samples;
}

function samplesOf(split: Classes | undefined): Sample[] {
  return split?.files.flatMap((paths, label) =>
    paths.map((path) => ({ path, label }))
  ) ?? [];
}

type Three<T> = readonly [T, T, T];

/** Reads every image before it refuses: who mends a folder wants to see all that is wrong. */
async function readSplits(
  directory: string,
  size: number,
  parts: Three<readonly Sample[]>,
): Promise<Three<Split>> {
  const bad: { path: string; error: UserError }[] = [];
  const bytes = size * size * 3;
  const read = async (samples: readonly Sample[]): Promise<Split> => {
    const images = new Uint8Array(samples.length * bytes);
    for (const [i, { path }] of samples.entries()) {
      try {
        const picture = await decodeImage(await readBytes(path), path);
        images.set(square(picture, size), i * bytes);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        bad.push({ path, error });
      }
    }
    const labels = Uint8Array.from(samples, ({ label }) => label);
    return { images, labels, size: samples.length };
  };
  const [first, second, third] = parts;
  const splits = [await read(first), await read(second), await read(third)];
  if (bad.length === 1) throw bad[0]!.error;
  if (bad.length > 1) {
    const count = parts.reduce((sum, { length }) => sum + length, 0);
    bad.sort((a, b) => a.path < b.path ? -1 : 1);
    const names = bad.map(({ path, error }) => {
      const reason = error.message.match(/current value is (.*)/s)?.[1];
      return `${relative(directory, path)} (${reason ?? error.message})`;
    });
    throw new UserError(
      `Cannot use ${directory} as each of its images must be a sound JPEG or PNG: ` +
        `current value is ${bad.length} of ${count} that are not: ${
          someOf(names)
        }`,
    );
  }
  return splits as unknown as Three<Split>;
}

/** How many names a sentence lists. */
const MOST_NAMES = 10;

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
}

/** Of each channel on the scale from 0 to 1; the sums are whole numbers, so exact. */
function moments(
  images: Uint8Array,
): Pick<Dataset, "mean" | "standardDeviation"> {
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  images.forEach((value, i) => {
    sums[i % 3]! += value;
    squares[i % 3]! += value * value;
  });
  const pixels = images.length / 3;
  const mean = sums.map((sum) => sum / pixels / 255);
  const standardDeviation = squares.map((sum, channel) =>
    // A channel of one value alone would else be divided by zero.
    Math.sqrt(sum / pixels / 255 ** 2 - mean[channel]! ** 2) || 1
  );
  return { mean, standardDeviation };
}

/**
 * What an image folder holds, before any image is opened: `train`, `val` or `validation`, and
 * `test`, each with a folder for each class; or the folders of the classes alone, all `train`.
 */
interface FolderTree {
  readonly splits:
    & { readonly train: Classes }
    & { readonly [name in SplitName]?: Classes };
  /** Pictures beside the class folders or the splits, which belong to no class: paths, relative. */
  readonly beside: readonly string[];
}

/** For each class the paths of its images, sorted. */
type ClassFiles = readonly (readonly string[])[];

interface Classes {
  readonly folder: string;
  /** Names of the class folders, sorted by code unit. */
  readonly classes: readonly string[];
  readonly files: ClassFiles;
  readonly beside: readonly string[];
}

const SPLITS: ReadonlyMap<string, SplitName> = new Map([
  ["train", "train"],
  ["val", "validation"],
  ["validation", "validation"],
  ["test", "test"],
]);
const MAX_CLASSES = 256;

/** What is read. */
const IMAGES = /\.(jpe?g|jpe|jfif|png)$/i;

/** What is known to be a picture, read or not. */
const PICTURES =
  /\.(jpe?g|jpe|jfif|png|apng|gif|bmp|webp|tiff?|hei[cf]|avif|jxl|jp2|p[bgpn]m)$/i;

/** What usually lies beside pictures; a file without an ending is looked into. */
const SIDE_FILES =
  /\.(txt|md|rst|json|jsonl|xml|csv|tsv|ya?ml|toml|html?|pdf|log|ini|db|lock|md5|sha\d+)$/i;

/** Letter case does not count in the names of the splits: `Train` is `train`. */
const splitOf = (folder: string) => SPLITS.get(folder.toLowerCase());

async function readFolderTree(directory: string): Promise<FolderTree> {
  const { folders, files } = await list(directory);
  if (!folders.some(splitOf)) {
    const train = await readClasses(directory, directory);
    return { splits: { train }, beside: train.beside };
  }
  const found: Partial<Record<SplitName, Classes>> = {};
  for (const name of folders) {
    const split = splitOf(name);
    if (!split || found[split]) {
      throw new UserError(
        `Cannot use ${directory} as beside train it may hold val (or validation) and test alone: ` +
          `current value is ${JSON.stringify(name)} too`,
      );
    }
    found[split] = await readClasses(join(directory, name), directory);
  }
  const { train, validation, test } = found;
  if (!train) {
    throw new UserError(
      `Cannot use ${directory} as there must be a train folder beside val and test: ` +
        `current value is ${folders.join(" and ")}`,
    );
  }
  const others = [validation, test].flatMap((it) => it ?? []);
  requireSameClasses(train, others);
  return {
    splits: { ...found, train },
    beside: [
      ...files.filter((name) => PICTURES.test(name)),
      ...[train, ...others].flatMap(({ beside }) => beside),
    ],
  };
}

function requireSameClasses(
  train: Classes,
  others: readonly Classes[],
): void {
  for (const other of others) {
    const [odd] = new Set(train.classes).symmetricDifference(
      new Set(other.classes),
    );
    if (odd === undefined) continue;
    throw new UserError(
      `Cannot use ${other.folder} as it must have the same classes as ${train.folder}: ` +
        `current value is ${JSON.stringify(odd)} in one of them alone`,
    );
  }
}

async function readClasses(
  folder: string,
  directory: string,
): Promise<Classes> {
  const { folders: classes, files: others, links } = await list(folder);
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    const current = classes.length === 1
      ? `the one folder ${JSON.stringify(classes[0])}`
      : `${classes.length} folders`;
    throw new UserError(
      `Cannot use ${folder} as it must hold a folder for each of 2 to ${MAX_CLASSES} classes: ` +
        `current value is ${current}`,
    );
  }
  // Without an ending it may have been a class.
  refuseDead(
    links.filter((name) => extname(name) === "")
      .map((name) => join(folder, name)),
  );
  const files = [];
  for (const name of classes) {
    // Names end up in tables and file names, where an invisible character deceives.
    if (/[\p{C}\uFFFD]/u.test(name)) {
      throw new UserError(
        `Cannot use a folder of ${folder} as a class name must be of printable characters: ` +
          `current value is ${JSON.stringify(name)}`,
      );
    }
    files.push(await readImagePaths(join(folder, name)));
  }
  const beside = others.filter((name) => PICTURES.test(name))
    .map((name) => relative(directory, join(folder, name)));
  return { folder, classes, files, beside };
}

/** Paths of the images in a class folder and in the folders below it, sorted. */
async function readImagePaths(folder: string): Promise<string[]> {
  const images: string[] = [];
  const foreign: string[] = [];
  const dead: string[] = [];
  async function walk(path: string, above: ReadonlySet<string>): Promise<void> {
    const here = await Deno.realPath(path);
    // A folder that links to one above it holds nothing new.
    if (above.has(here)) return;
    const { folders, files, links } = await list(path);
    const split = folders.find(splitOf);
    if (split !== undefined) {
      throw new UserError(
        `Cannot use ${path} as a class as the splits must stand above the classes: ` +
          `current value is a folder ${JSON.stringify(split)} in it`,
      );
    }
    dead.push(
      ...links.filter((name) => !SIDE_FILES.test(name))
        .map((name) => join(path, name)),
    );
    for (const name of files) {
      const file = join(path, name);
      if (IMAGES.test(name)) images.push(file);
      else if (!await isSideFile(file)) foreign.push(relative(folder, file));
    }
    for (const name of folders) {
      await walk(join(path, name), new Set([...above, here]));
    }
  }
  await walk(folder, new Set());
  refuseDead(dead);
  if (foreign.length === 0 && images.length > 0) return images.sort();
  throw new UserError(
    `Cannot use ${folder} as a class as it must hold JPEG or PNG images ` +
      `(.jpg, .jpeg, .jpe, .jfif, .png): current value is ${
        someOf(foreign) || "no image"
      }`,
  );
}

async function isSideFile(path: string): Promise<boolean> {
  if (extname(path) !== "") return SIDE_FILES.test(path);
  using file = await Deno.open(path);
  const start = new Uint8Array(4);
  await file.read(start);
  return !isPicture(start);
}

function refuseDead(paths: readonly string[]): void {
  if (paths.length === 0) return;
  throw new UserError(
    `Cannot read ${someOf(paths)} as ${
      paths.length === 1 ? "it" : "they"
    } must be there: ` +
      `current value is a link that leads nowhere`,
  );
}

interface Listing {
  readonly folders: string[];
  readonly files: string[];
  /** Links that lead nowhere, or in a circle. */
  readonly links: string[];
}

/** Names in a folder that do not start with a dot, sorted by code unit; links are followed. */
async function list(folder: string): Promise<Listing> {
  const listing: Listing = { folders: [], files: [], links: [] };
  try {
    for await (const { name, isSymlink } of Deno.readDir(folder)) {
      if (name.startsWith(".")) continue;
      const info = await Deno.stat(join(folder, name)).catch((error) => {
        if (!isSymlink) throw error;
      });
      if (info === undefined) listing.links.push(name);
      else (info.isDirectory ? listing.folders : listing.files).push(name);
    }
  } catch (error) {
    throw new UserError(
      `Cannot list ${folder} as it must be a readable folder: ` +
        `current value is "${(error as Error).message}"`,
    );
  }
  for (const names of Object.values(listing)) names.sort();
  return listing;
}

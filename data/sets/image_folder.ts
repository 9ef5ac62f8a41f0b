/**
 * A folder of one's own images as a data set: `train`, `val` and `test` with a folder for each class
 * in each, or the class folders alone. A split that is missing is drawn from the training images: a
 * tenth of each class, at least one image, by a fixed seed. Training images are in one fixed
 * shuffled order, so that the first n are a fair sample. Mean and deviation are the training
 * split's own.
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { random } from "../random.ts";
import type { Dataset, Split, SplitName } from "./dataset.ts";
import { decodeImage, square } from "./picture.ts";
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
  const { classes, splits } = await readFolderTree(directory);
  const missing = (["validation", "test"] as const).filter((name) =>
    !splits[name]
  );
  const samples = drawSplits(classes, splits, missing);
  const order = random(0, "image folder order");
  const train = await readSplit(
    Array.from(
      order.permutation(samples.train.length),
      (i) => samples.train[i]!,
    ),
    size,
  );
  return {
    name: "folder",
    classes,
    height: size,
    width: size,
    channels: 3,
    ...moments(train.images),
    train,
    validation: await readSplit(samples.validation, size),
    test: await readSplit(samples.test, size),
    notes: missing.map((name) =>
      `The image folder has no ${name} split: a tenth of each class's training images, drawn by ` +
      `a fixed seed, serves as it.`
    ),
  };
}

/** The samples of each split, by class; those of `missing` ones are taken out of train. */
function drawSplits(
  classes: readonly string[],
  splits: FolderTree["splits"],
  missing: readonly SplitName[],
): Record<SplitName, Sample[]> {
  const samples: Record<SplitName, Sample[]> = {
    train: [],
    validation: samplesOf(splits.validation ?? []),
    test: samplesOf(splits.test ?? []),
  };
  classes.forEach((name, label) => {
    const files = splits.train[label]!;
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

function samplesOf(files: ClassFiles): Sample[] {
  return files.flatMap((paths, label) =>
    paths.map((path) => ({ path, label }))
  );
}

async function readSplit(
  samples: readonly Sample[],
  size: number,
): Promise<Split> {
  const bytes = size * size * 3;
  const images = new Uint8Array(samples.length * bytes);
  for (const [i, { path }] of samples.entries()) {
    const picture = await decodeImage(await readBytes(path), path);
    images.set(square(picture, size), i * bytes);
  }
  const labels = Uint8Array.from(samples, ({ label }) => label);
  return { images, labels, size: samples.length };
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
 * `test`, each with a folder for each class; or the folders of the classes alone.
 */

export interface FolderTree {
  /** Names of the class folders, sorted by code unit. */
  readonly classes: readonly string[];
  /** Paths of the images of each class. Class folders alone are all `train`. */
  readonly splits:
    & { readonly train: ClassFiles }
    & { readonly [name in SplitName]?: ClassFiles };
}

/** For each class the paths of its images, sorted. */
export type ClassFiles = readonly (readonly string[])[];

interface Classes {
  readonly folder: string;
  readonly classes: readonly string[];
  readonly files: ClassFiles;
}

const SPLITS: ReadonlyMap<string, SplitName> = new Map([
  ["train", "train"],
  ["val", "validation"],
  ["validation", "validation"],
  ["test", "test"],
]);
const MAX_CLASSES = 256;

export async function readFolderTree(directory: string): Promise<FolderTree> {
  const { folders } = await list(directory);
  if (!folders.some((name) => SPLITS.has(name))) {
    const { classes, files } = await readClasses(directory);
    return { classes, splits: { train: files } };
  }
  const found: Partial<Record<SplitName, Classes>> = {};
  for (const name of folders) {
    const split = SPLITS.get(name);
    if (!split || found[split]) {
      throw new UserError(
        `Cannot use ${directory} as beside train it may hold val (or validation) and test alone: ` +
          `current value is ${JSON.stringify(name)} too`,
      );
    }
    found[split] = await readClasses(join(directory, name));
  }
  const { train, validation, test } = found;
  if (!train) {
    throw new UserError(
      `Cannot use ${directory} as there must be a train folder beside val and test: ` +
        `current value is ${folders.join(" and ")}`,
    );
  }
  requireSameClasses(train, [validation, test]);
  return {
    classes: train.classes,
    splits: {
      train: train.files,
      ...validation && { validation: validation.files },
      ...test && { test: test.files },
    },
  };
}

function requireSameClasses(
  train: Classes,
  others: readonly (Classes | undefined)[],
): void {
  for (const other of others) {
    if (!other) continue;
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

async function readClasses(folder: string): Promise<Classes> {
  const { folders: classes } = await list(folder);
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    const current = classes.length === 1
      ? `the one folder ${JSON.stringify(classes[0])}`
      : `${classes.length} folders`;
    throw new UserError(
      `Cannot use ${folder} as it must hold a folder for each of 2 to ${MAX_CLASSES} classes: ` +
        `current value is ${current}`,
    );
  }
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
  return { folder, classes, files };
}

async function readImagePaths(folder: string): Promise<string[]> {
  const { files } = await list(folder);
  const foreign = files.find((name) =>
    /\.(gif|bmp|webp|tiff?|heic|avif|jxl)$/i.test(name)
  );
  const images = files.filter((name) => /\.(jpe?g|png)$/i.test(name));
  if (foreign === undefined && images.length > 0) {
    return images.map((name) => join(folder, name));
  }
  throw new UserError(
    `Cannot use ${folder} as a class as it must hold JPEG or PNG images (.jpg, .jpeg, .png): ` +
      `current value is ${foreign ?? "no image"}`,
  );
}

/** Names in a folder that do not start with a dot, sorted by code unit; links are followed. */
async function list(
  folder: string,
): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.startsWith(".")) continue;
      const { isDirectory } = await Deno.stat(join(folder, name));
      (isDirectory ? folders : files).push(name);
    }
  } catch (error) {
    throw new UserError(
      `Cannot list ${folder} as it must be a readable folder: ` +
        `current value is "${(error as Error).message}"`,
    );
  }
  return { folders: folders.sort(), files: files.sort() };
}

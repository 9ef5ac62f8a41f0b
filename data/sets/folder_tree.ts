/**
 * What an image folder holds, before any image is opened: `train`, `val` or `validation`, and
 * `test`, each with a folder for each class; or the folders of the classes alone.
 */
import { join } from "node:path";
import { UserError } from "../user_error.ts";
import type { SplitName } from "./dataset.ts";

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

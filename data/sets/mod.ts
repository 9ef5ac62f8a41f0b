import { UserError } from "../errors.ts";
import { CIFAR_10, loadCifar10 } from "./cifar_10.ts";
import type { Dataset } from "./dataset.ts";
import {
  FASHION_MNIST,
  loadFashionMnist,
  loadFashionMnistSubset,
  SUBSET,
} from "./fashion_mnist.ts";
import { loadImageFolder } from "./image_folder.ts";
import { findPacked, findPlace, type StandardSet } from "./published.ts";
export { epochOrder, pixelIndices, type PixelOptions } from "./batches.ts";
export type { Dataset, Split, SplitName } from "./dataset.ts";
export { datasetDigest } from "./dataset.ts";
export { FETCHABLE, fetchDataset } from "./fetch.ts";
export type { Fetched, FetchOptions } from "./fetch.ts";
export type { DownloadProgress } from "./download.ts";
export { takeTrain } from "./dataset.ts";

/** The names that {@link loadDataset} knows; the first needs no files beside the project's own. */
export const DATASETS = [
  "fashion-mnist-subset",
  "fashion-mnist",
  "cifar-10",
  "folder",
] as const;

export interface DatasetOptions {
  /**
   * The folder that holds the sets under their usual names (`fashion-mnist`,
   * `cifar-10-batches-bin`), or that of the set itself; for `folder` the image folder. Without it
   * a set is looked for where `fetch` puts it.
   */
  readonly directory?: string | undefined;
  /** Sides in pixels of the images of `folder`: 32 unless told. */
  readonly size?: number | undefined;
}

/**
 * Loads and checks a data set.
 *
 * @throws {UserError} If the name is unknown, or a file is missing, damaged or another one.
 */
export async function loadDataset(
  name: string,
  { directory, size }: DatasetOptions = {},
): Promise<Dataset> {
  switch (name) {
    case "fashion-mnist-subset":
      return await loadFashionMnistSubset();
    case "fashion-mnist":
      return await loadFashionMnist(directory);
    case "cifar-10":
      return await loadCifar10(directory);
    case "folder":
      if (directory !== undefined) {
        return await loadImageFolder(directory, size);
      }
      throw new UserError(
        "Cannot load folder as --data must name the image folder: current value is none",
      );
    default:
      throw new UserError(
        `Cannot load a data set as its name must be one of ${
          DATASETS.join(", ")
        }: ` +
          `current value is ${JSON.stringify(name)}`,
      );
  }
}

/** Whether a set is at hand; what is in its files is not looked at. */
export interface DatasetPlace {
  readonly name: string;
  /** The folder that holds any of its files; undefined if none does. */
  readonly folder: string | undefined;
  /** Names of the files that are not there. */
  readonly missing: readonly string[];
}

/** Looks where {@link loadDataset} would, with the same `directory`. */
export async function findDatasets(
  directory?: string,
): Promise<DatasetPlace[]> {
  return await Promise.all([
    // The subset lies beside this file, whatever the directory.
    find(SUBSET, import.meta.dirname),
    find(FASHION_MNIST, directory),
    find(CIFAR_10, directory),
  ]);
}

async function find(
  set: StandardSet,
  directory?: string,
): Promise<DatasetPlace> {
  const folder = await findPlace(set, directory);
  const missing: string[] = [];
  for (const file of set.files) {
    const found = folder !== undefined && await findPacked(folder, file);
    if (!found) missing.push(file);
  }
  return { name: set.name, folder, missing };
}

/** Data sets as typed arrays: found, fetched, checked and loaded; batches as indices into them. */

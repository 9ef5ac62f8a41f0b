/** Data sets as typed arrays: found, fetched, checked and loaded; batches as indices into them. */
import { requireKnown, UserError } from "../errors.ts";
import { CIFAR_10, loadCifar10 } from "./cifar_10.ts";
import type { Dataset } from "./dataset.ts";
import {
  FASHION_MNIST,
  loadFashionMnist,
  loadFashionMnistSubset,
  SUBSET,
} from "./fashion_mnist.ts";
import { type Fetched, type FetchOptions, fetchSet } from "./fetch.ts";
import { loadImageFolder } from "./image_folder.ts";
import { findPacked, findPlace, type PublishedSet } from "./published.ts";
export { epochOrder, pixelIndices, type PixelOptions } from "./batches.ts";
export type { Dataset, Split, SplitName } from "./dataset.ts";
export { datasetDigest, takeTrain } from "./dataset.ts";
export type { Fetched, FetchOptions } from "./fetch.ts";
export type { DownloadProgress } from "./download.ts";

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

/** Pixels along a side of its images, and how many it has to train on and to evaluate. */
export interface ImageCounts {
  readonly side: number;
  readonly trainSize: number;
  readonly validationSize: number;
}

/** A data set that can be named: all that the rest of the project needs to know of it. */
export interface DatasetEntry {
  readonly name: string;
  /** What plans are counted by where the set is not opened; of image folders a guess. */
  readonly images: ImageCounts;
  /** Loads and checks it; throws {@link UserError} if a file is missing, damaged or another one. */
  load(options: DatasetOptions): Promise<Dataset>;
  /** Its files, and where they can be fetched; without it the set is only ever loaded. */
  readonly published?: PublishedSet;
}

/** The data sets there are; the first needs no files beside the project's own. A new one goes here. */
export const SETS: readonly [DatasetEntry, ...DatasetEntry[]] = [
  {
    name: SUBSET.name,
    images: { side: 28, trainSize: 10_000, validationSize: 2_000 },
    load: () => loadFashionMnistSubset(),
    published: SUBSET,
  },
  {
    name: FASHION_MNIST.name,
    images: { side: 28, trainSize: 50_000, validationSize: 10_000 },
    load: ({ directory }) => loadFashionMnist(directory),
    published: FASHION_MNIST,
  },
  {
    name: CIFAR_10.name,
    images: { side: 32, trainSize: 45_000, validationSize: 5_000 },
    load: ({ directory }) => loadCifar10(directory),
    published: CIFAR_10,
  },
  {
    name: "folder",
    images: { side: 32, trainSize: 50_000, validationSize: 10_000 },
    load: loadFolder,
  },
];

async function loadFolder({ directory, size }: DatasetOptions) {
  if (directory !== undefined) return await loadImageFolder(directory, size);
  throw new UserError(
    "Cannot load folder as --data must name the image folder: current value is none",
  );
}

const [first, ...others] = SETS;

/** The names that {@link loadDataset} knows; the first needs no files beside the project's own. */
export const DATASETS: readonly [string, ...string[]] = [
  first.name,
  ...others.map(({ name }) => name),
];

/** The names that {@link fetchDataset} knows. */
export const FETCHABLE: readonly string[] = fetchable(SETS);

function fetchable(sets: readonly DatasetEntry[]): string[] {
  return sets.filter(({ published }) => published?.source)
    .map(({ name }) => name);
}

/**
 * Loads and checks a data set.
 *
 * @throws {UserError} If the name is unknown, or a file is missing, damaged or another one.
 */
export async function loadDataset(
  name: string,
  options: DatasetOptions = {},
  sets: readonly DatasetEntry[] = SETS,
): Promise<Dataset> {
  requireKnown("data set", name, sets.map((set) => set.name));
  return await sets.find((set) => set.name === name)!.load(options);
}

/**
 * Gets a published data set from its official address, or a mirror, into the cache, where
 * {@link loadDataset} finds it.
 *
 * @throws {UserError} If the set cannot be fetched, or what is served is not it.
 */
export async function fetchDataset(
  name: string,
  options?: FetchOptions,
  sets: readonly DatasetEntry[] = SETS,
): Promise<Fetched> {
  requireKnown("data set to fetch", name, fetchable(sets));
  const { published } = sets.find((set) => set.name === name)!;
  return await fetchSet({ ...published!, source: published!.source! }, options);
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
  sets: readonly DatasetEntry[] = SETS,
): Promise<DatasetPlace[]> {
  const published = sets.flatMap((set) => set.published ?? []);
  return await Promise.all(published.map(async (set) => {
    const folder = await findPlace(set, directory);
    const missing: string[] = [];
    for (const file of set.files) {
      const found = folder !== undefined && await findPacked(folder, file);
      if (!found) missing.push(file);
    }
    return { name: set.name, folder, missing };
  }));
}

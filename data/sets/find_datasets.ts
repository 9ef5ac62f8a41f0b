import { CIFAR_10 } from "./cifar_10.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import { SUBSET } from "./fashion_mnist_subset.ts";
import { findPacked } from "./packed_file.ts";
import { findPlace, type StandardSet } from "./standard_set.ts";

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

import { UserError } from "../user_error.ts";
import { loadCifar10 } from "./cifar_10.ts";
import type { Dataset } from "./dataset.ts";
import { loadFashionMnist } from "./fashion_mnist.ts";
import { loadFashionMnistSubset } from "./fashion_mnist_subset.ts";
import { loadImageFolder } from "./image_folder.ts";

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

/**
 * The part of Fashion-MNIST that comes with the project: 10,000 images to train, 2,000 to validate,
 * 2,000 to test, chosen by `embed.ts`. Its folder holds the licence and the rule.
 */
import { join } from "node:path";
import { UserError } from "../user_error.ts";
import type { Dataset } from "./dataset.ts";
import { FASHION_MNIST_TRAITS } from "./fashion_mnist.ts";
import { readIdxSplit } from "./idx.ts";
import type { StandardSet } from "./standard_set.ts";

/** SHA-256 of the unpacked files. */
const CHECKSUMS = {
  "train-images-idx3-ubyte":
    "sha256:c7084bb6d8547680a90d1b7e62eef652b321599dcc052cb47df709f6ae65b129",
  "train-labels-idx1-ubyte":
    "sha256:2a4fb3eec0877aa3d4ab80d8f59374733af9b2b2966e8be0e50efe715f443a4d",
  "validation-images-idx3-ubyte":
    "sha256:f73393d2b205bb265190deb5e5e5a1c584d6a9e6f2bf9ad4be1fd0eec131b842",
  "validation-labels-idx1-ubyte":
    "sha256:e026daf3d28b630d395bff264d45247706f43ecba7d4f48422cba6b6a30e22d3",
  "test-images-idx3-ubyte":
    "sha256:1b9a1884bcce59552fe06b761ebbd50c82321ffbf0a6fbbc881318e5bf226d2a",
  "test-labels-idx1-ubyte":
    "sha256:e026daf3d28b630d395bff264d45247706f43ecba7d4f48422cba6b6a30e22d3",
};

export const SUBSET: StandardSet = {
  name: "fashion-mnist-subset",
  folder: "fashion_mnist_subset",
  files: Object.keys(CHECKSUMS),
};

export const SUBSET_FOLDER = join(import.meta.dirname!, SUBSET.folder);

export async function loadFashionMnistSubset(
  folder = SUBSET_FOLDER,
): Promise<Dataset> {
  try {
    return {
      name: SUBSET.name,
      ...FASHION_MNIST_TRAITS,
      train: await readIdxSplit(folder, "train", CHECKSUMS),
      validation: await readIdxSplit(folder, "validation", CHECKSUMS),
      test: await readIdxSplit(folder, "test", CHECKSUMS),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}. The file is part of the project: restore it from the repository`,
    );
  }
}

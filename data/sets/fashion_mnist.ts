/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747): 60,000 and 10,000 grey images of
 * 28x28, classes of equal size, MIT licence. Validation is the last 1,000 images of each class of
 * the training files; 50,000 remain for training.
 */
import type { Dataset, Split } from "./dataset.ts";
import { holdOut } from "./hold_out.ts";
import { type Checksums, readIdxSplit } from "./idx.ts";
import { locate, type StandardSet, withRemedy } from "./standard_set.ts";

/** SHA-256 of the unpacked files, taken from the published archives. */
const CHECKSUMS = {
  "train-images-idx3-ubyte":
    "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  "train-labels-idx1-ubyte":
    "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  "t10k-images-idx3-ubyte":
    "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  "t10k-labels-idx1-ubyte":
    "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
};

export const FASHION_MNIST: StandardSet = {
  name: "fashion-mnist",
  folder: "fashion-mnist",
  files: Object.keys(CHECKSUMS),
};

/** What the whole set and its subset share. */
export const FASHION_MNIST_TRAITS = {
  classes: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  height: 28,
  width: 28,
  channels: 1,
  mean: [0.2860],
  standardDeviation: [0.3530],
  notes: [],
};

export async function loadFashionMnist(
  directory?: string,
  checksums?: Checksums,
): Promise<Dataset> {
  const { train, test } = await readFashionMnist(directory, checksums);
  return {
    name: FASHION_MNIST.name,
    ...FASHION_MNIST_TRAITS,
    ...holdOut(train, 1000),
    test,
  };
}

/** The published files, in their order. */
export async function readFashionMnist(
  directory?: string,
  checksums: Checksums = CHECKSUMS,
): Promise<{ train: Split; test: Split }> {
  const folder = await locate(FASHION_MNIST, directory);
  return await withRemedy(FASHION_MNIST, async () => ({
    train: await readIdxSplit(folder, "train", checksums),
    test: await readIdxSplit(folder, "t10k", checksums),
  }));
}

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747): 60,000 and 10,000 grey images of
 * 28x28, classes of equal size, MIT licence. Validation is the last 1,000 images of each class of
 * the training files; 50,000 remain for training.
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { checkLabels, type Dataset, holdOut, type Split } from "./dataset.ts";
import {
  locateSet,
  type PackedFile,
  type PublishedSet,
  readPacked,
  verifyFile,
  withRemedy,
} from "./published.ts";

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

export const FASHION_MNIST = {
  name: "fashion-mnist",
  folder: "fashion-mnist",
  files: Object.keys(CHECKSUMS),
  source: {
    // From the README of zalandoresearch/fashion-mnist.
    base: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    mirrored: "fashion-mnist/",
    downloads: [
      {
        name: "train-images-idx3-ubyte.gz",
        checksum:
          "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        size: 26_421_880,
      },
      {
        name: "train-labels-idx1-ubyte.gz",
        checksum:
          "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        size: 29_515,
      },
      {
        name: "t10k-images-idx3-ubyte.gz",
        checksum:
          "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        size: 4_422_102,
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        checksum:
          "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        size: 5_148,
      },
    ],
  },
} as const satisfies PublishedSet;

/** What the whole set and its subset share. */
const FASHION_MNIST_TRAITS = {
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
  const folder = await locateSet(FASHION_MNIST, directory);
  return await withRemedy(FASHION_MNIST, async () => ({
    train: await readIdxSplit(folder, "train", checksums),
    test: await readIdxSplit(folder, "t10k", checksums),
  }));
}

/** SHA-256 of the unpacked files. */
const SUBSET_CHECKSUMS = {
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

export const SUBSET_FOLDER = join(import.meta.dirname!, "fashion_mnist_subset");

/**
 * The part of Fashion-MNIST that comes with the project: 10,000 images to train, 2,000 to validate,
 * 2,000 to test, chosen by `make.ts`. Its folder holds the licence and the rule.
 */
export const SUBSET: PublishedSet = {
  name: "fashion-mnist-subset",
  folder: "fashion_mnist_subset",
  files: Object.keys(SUBSET_CHECKSUMS),
  home: SUBSET_FOLDER,
};

export async function loadFashionMnistSubset(
  folder = SUBSET_FOLDER,
): Promise<Dataset> {
  try {
    return {
      name: SUBSET.name,
      ...FASHION_MNIST_TRAITS,
      train: await readIdxSplit(folder, "train", SUBSET_CHECKSUMS),
      validation: await readIdxSplit(folder, "validation", SUBSET_CHECKSUMS),
      test: await readIdxSplit(folder, "test", SUBSET_CHECKSUMS),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}. The file is part of the project: restore it from the repository`,
    );
  }
}

/** Expected checksum of each unpacked file by its name, as {@link verifyFile} takes them. */
export type Checksums = Readonly<Record<string, string>>;

const SIDE = 28;

/**
 * Images of 28x28 and labels from 0 to 9 in the IDX format of MNIST and its kin (described at
 * yann.lecun.com/exdb/mnist): `<part>-images-idx3-ubyte` and `<part>-labels-idx1-ubyte`.
 */
export async function readIdxSplit(
  folder: string,
  part: string,
  checksums: Checksums,
): Promise<Split> {
  const images = await readIdx(
    folder,
    `${part}-images-idx3-ubyte`,
    [SIDE, SIDE],
    checksums,
  );
  const labels = await readIdx(
    folder,
    `${part}-labels-idx1-ubyte`,
    [],
    checksums,
  );
  const size = labels.values.length;
  checkLabels(labels.values, 10, labels.path);
  if (images.values.length !== size * SIDE * SIDE) {
    throw new UserError(
      `Cannot use ${labels.path} as it must hold a label for each image of ${images.path}: ` +
        `current value is ${size} for ${images.values.length / SIDE / SIDE}`,
    );
  }
  return { images: images.values, labels: labels.values, size };
}

async function readIdx(
  folder: string,
  name: string,
  sides: readonly number[],
  checksums: Checksums,
) {
  const file = await readPacked(folder, name);
  const values = idxValues(file, sides);
  verifyFile(file, [checksums[name]!]);
  return { path: file.path, values };
}

/**
 * Unsigned bytes after a header of big-endian 32-bit numbers: 0x800 + rank, the number of items,
 * and the sides of one item.
 */
function idxValues({ path, bytes }: PackedFile, sides: readonly number[]) {
  const header = 4 * (2 + sides.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = Array.from(
    { length: Math.min(header, bytes.length) >> 2 },
    (_, i) => view.getUint32(4 * i),
  );
  const [magic, count = 0, ...foundSides] = found;
  if (
    magic !== 0x801 + sides.length || foundSides.join() !== sides.join()
  ) {
    const expected = [0x801 + sides.length, "<count>", ...sides].join(", ");
    throw new UserError(
      `Cannot read ${path} as its header must be the numbers ${expected}: ` +
        `current value is ${found.join(", ") || "an empty file"}`,
    );
  }
  const length = sides.reduce((product, side) => product * side, count);
  if (bytes.length !== header + length) {
    throw new UserError(
      `Cannot read ${path} as it must unpack to the ${
        header + length
      } bytes that its header ` +
        `announces: current value is ${bytes.length} bytes`,
    );
  }
  return bytes.subarray(header);
}

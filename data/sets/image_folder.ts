/**
 * A folder of one's own images as a data set: `train`, `val` and `test` with a folder for each class
 * in each, or the class folders alone. A split that is missing is drawn from the training images: a
 * tenth of each class, at least one image, by a fixed seed. Training images are in one fixed
 * shuffled order, so that the first n are a fair sample. Mean and deviation are the training
 * split's own.
 */
import { random } from "../random.ts";
import { UserError } from "../user_error.ts";
import type { Dataset, Split, SplitName } from "./dataset.ts";
import { decodeImage } from "./decode_image.ts";
import {
  type ClassFiles,
  type FolderTree,
  readFolderTree,
} from "./folder_tree.ts";
import { readBytes } from "./packed_file.ts";
import { square } from "./square.ts";

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

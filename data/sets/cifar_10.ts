/**
 * CIFAR-10, binary version (Krizhevsky, "Learning multiple layers of features from tiny images",
 * 2009): 50,000 and 10,000 colour images of 32x32, classes of equal size. Validation is the last
 * 500 images of each class of the training batches; 45,000 remain for training.
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import {
  checkLabels,
  concat,
  type Dataset,
  holdOut,
  pick,
  type Split,
} from "./dataset.ts";
import {
  locateSet,
  type PackedFile,
  type PublishedSet,
  readBytes,
  readPacked,
  verifyFile,
  withRemedy,
} from "./published.ts";

export interface CifarChecksums {
  /** Of the unpacked training batches in order. */
  readonly train: readonly string[];
  /** Of the published test batch. */
  readonly test: string;
  /** Of the test batch beside which `test_batch.lossy.json` names images that are copies. */
  readonly lossyTest: string;
}

const CHECKSUMS: CifarChecksums = {
  train: [
    "sha256:cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "sha256:a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "sha256:bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "sha256:014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "sha256:755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
  ],
  test: "md5:803d5f7f4d78ea53de84dbe85f74fb6d",
  lossyTest:
    "sha256:12b72019dddc66aa680d9654ddcc864aa808e6540641e0887054d04d415d6427",
};

const SIDE = 32;
const LOSSY_LIST = "test_batch.lossy.json";
const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
const TEST_FILE = "test_batch.bin";

export const CIFAR_10 = {
  name: "cifar-10",
  folder: "cifar-10-batches-bin",
  files: [...TRAIN_FILES, TEST_FILE],
  source: {
    // From the page of the set's author.
    base: "https://www.cs.toronto.edu/~kriz",
    mirrored: "",
    downloads: [{
      name: "cifar-10-binary.tar.gz",
      checksum: "md5:c32a1d4ab5d03f1284b67883e8d87530",
      size: 170_052_171,
    }],
  },
} as const satisfies PublishedSet;

export async function loadCifar10(
  directory?: string,
  checksums: CifarChecksums = CHECKSUMS,
): Promise<Dataset> {
  const folder = await locateSet(CIFAR_10, directory);
  return await withRemedy(CIFAR_10, async () => ({
    name: CIFAR_10.name,
    classes: [
      "airplane",
      "automobile",
      "bird",
      "cat",
      "deer",
      "dog",
      "frog",
      "horse",
      "ship",
      "truck",
    ],
    height: SIDE,
    width: SIDE,
    channels: 3,
    mean: [0.4914, 0.4822, 0.4465],
    standardDeviation: [0.2470, 0.2435, 0.2616],
    ...holdOut(await readTrain(folder, checksums), 500),
    ...await readTest(folder, checksums),
  }));
}

async function readTrain(
  folder: string,
  { train }: CifarChecksums,
): Promise<Split> {
  const parts: Split[] = [];
  for (const [i, name] of TRAIN_FILES.entries()) {
    const file = await readPacked(folder, name);
    parts.push(cifarRecords(file));
    verifyFile(file, [train[i]!]);
  }
  return {
    images: concat(parts.map((part) => part.images)),
    labels: concat(parts.map((part) => part.labels)),
    size: parts.reduce((sum, part) => sum + part.size, 0),
  };
}

async function readTest(
  folder: string,
  { test, lossyTest }: CifarChecksums,
): Promise<{ test: Split; notes: string[] }> {
  const file = await readPacked(folder, TEST_FILE);
  const split = cifarRecords(file);
  if (verifyFile(file, [test, lossyTest]) === test) {
    return { test: split, notes: [] };
  }
  const copies = await readLossyList(folder, split.size);
  const exact = Array.from(split.labels, (_, i) => i).filter((i) =>
    !copies.has(i)
  );
  return {
    test: pick(split, exact),
    notes: [
      `The test split is ${exact.length.toLocaleString("en")} of CIFAR-10's ` +
      `${split.size.toLocaleString("en")} test images: this copy of ` +
      `the set holds the other ${copies.size} as lossy JPEG copies, so they are left out.`,
    ],
  };
}

/** Numbers of the test records that are no exact images. */
async function readLossyList(
  folder: string,
  size: number,
): Promise<Set<number>> {
  const path = join(folder, LOSSY_LIST);
  const text = new TextDecoder().decode(await readBytes(path));
  const numbers = parseJson(text)?.records;
  const valid = Array.isArray(numbers) &&
    numbers.every((number) =>
      Number.isInteger(number) && number >= 0 && number < size
    );
  if (valid) return new Set(numbers);
  throw new UserError(
    `Cannot use ${TEST_FILE} as ${path} must list, in "records", which images are copies: ` +
      `current value is ${JSON.stringify(text.slice(0, 60))}`,
  );
}

function parseJson(text: string): { records?: unknown } | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const PLANE = 32 * 32;
const RECORD = 1 + 3 * PLANE;

/**
 * The images of one batch file, which holds records alone: a label, then three planes, red, green
 * and blue, of 32 rows of 32 pixels.
 */
export function cifarRecords({ path, bytes }: PackedFile): Split {
  const size = bytes.length / RECORD;
  if (size === 0 || !Number.isInteger(size)) {
    throw new UserError(
      `Cannot read ${path} as it must unpack to whole records of ${RECORD} bytes: ` +
        `current value is ${bytes.length} bytes`,
    );
  }
  const labels = Uint8Array.from(
    { length: size },
    (_, i) => bytes[i * RECORD]!,
  );
  checkLabels(labels, 10, path);
  const images = new Uint8Array(size * 3 * PLANE);
  let at = 0;
  for (let record = 0; record < size; record++) {
    const red = record * RECORD + 1;
    for (let pixel = red; pixel < red + PLANE; pixel++) {
      images[at++] = bytes[pixel]!;
      images[at++] = bytes[pixel + PLANE]!;
      images[at++] = bytes[pixel + 2 * PLANE]!;
    }
  }
  return { images, labels, size };
}

import { afterEach, beforeEach } from "@std/testing/bdd";
import { join } from "node:path";
import { fileChecksum } from "../../files.ts";
import type { Dataset } from "../dataset.ts";

/**
 * A fresh folder for each test of the `describe` that calls this, with the cache inside it, and
 * no mirror set; gone after the test.
 */
export function scratchFolder(): { path: string; readonly cache: string } {
  const folder = {
    path: "",
    get cache() {
      return join(folder.path, "cache");
    },
  };
  const kept = new Map<string, string | undefined>();
  beforeEach(async () => {
    folder.path = await Deno.makeTempDir();
    for (const name of ["TENFOLD_CACHE", "TENFOLD_MIRROR"]) {
      kept.set(name, Deno.env.get(name));
    }
    Deno.env.set("TENFOLD_CACHE", folder.cache);
    Deno.env.delete("TENFOLD_MIRROR");
  });
  afterEach(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder.path, { recursive: true });
  });
  return folder;
}

/** Images of 1x2 grey pixels: three to train, one each to validate and to test. */
export function tinyDataset(): Dataset {
  return {
    name: "tiny",
    classes: ["a", "b"],
    height: 1,
    width: 2,
    channels: 1,
    mean: [0.5],
    standardDeviation: [0.25],
    train: {
      images: Uint8Array.of(0, 1, 2, 3, 4, 5),
      labels: Uint8Array.of(0, 1, 0),
      size: 3,
    },
    validation: {
      images: Uint8Array.of(6, 7),
      labels: Uint8Array.of(1),
      size: 1,
    },
    test: { images: Uint8Array.of(8, 9), labels: Uint8Array.of(0), size: 1 },
    notes: [],
  };
}

/** The bytes of an IDX file: big-endian header, then the values. */
export function idxFile(
  magic: number,
  sides: readonly number[],
  values: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sides.length + values.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magic);
  sides.forEach((side, i) => header.setUint32(4 + 4 * i, side));
  bytes.set(values, 4 + 4 * sides.length);
  return bytes;
}

/** Writes images, each of its own number in all 28x28 pixels, and the labels given for them. */
export async function writeIdxPart(
  folder: string,
  part: string,
  labels: readonly number[],
): Promise<void> {
  const images = Uint8Array.from(
    { length: labels.length * 784 },
    (_, i) => Math.floor(i / 784),
  );
  const files = {
    [`${part}-images-idx3-ubyte`]: idxFile(
      0x803,
      [labels.length, 28, 28],
      images,
    ),
    [`${part}-labels-idx1-ubyte`]: idxFile(
      0x801,
      [labels.length],
      Uint8Array.from(labels),
    ),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(join(folder, name), bytes);
  }
}

/** Records of CIFAR-10's binary form with the labels given, their pixels a fixed pattern. */

export function cifarBatch(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * 3073);
  labels.forEach((label, record) => {
    const at = record * 3073;
    bytes[at] = label;
    for (let i = 0; i < 3072; i++) bytes[at + 1 + i] = patternAt(record, i);
  });
  return bytes;
}

/** Value `i` of a record, planes one after the other. */
export function patternAt(record: number, i: number): number {
  return (31 * record + 7 * i + (i >> 10)) % 256;
}

/** SHA-256 of every file in a folder, by name. */
export async function checksumsOf(
  folder: string,
): Promise<Record<string, string>> {
  const checksums: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(folder)) {
    checksums[name] = await fileChecksum(join(folder, name), "sha256");
  }
  return checksums;
}

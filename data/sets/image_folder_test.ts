import encodeJpeg from "@jsquash/jpeg/encode.js";
import encodePng from "@jsquash/png/encode.js";
import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Dataset } from "./dataset.ts";
import { loadImageFolder } from "./image_folder.ts";
import { scratchFolder } from "./testdata/example_sets.ts";

const CMYK = new URL("testdata/cmyk.jpg", import.meta.url);

/** A picture of one grey, so that its value tells which file it came from. */
function plain(value: number): ImageData {
  const image = new ImageData(6, 4);
  for (let i = 0; i < 24; i++) {
    image.data.set([value, value, value, 255], 4 * i);
  }
  return image;
}

describe("loadImageFolder", () => {
  const scratch = scratchFolder();
  /** Writes `count` PNG images of grey `from`, `from` + 1, … into a folder. */
  async function write(folder: string, from: number, count: number) {
    const path = join(scratch.path, folder);
    await Deno.mkdir(path, { recursive: true });
    for (let i = 0; i < count; i++) {
      const png = new Uint8Array(await encodePng(plain(from + i)));
      await Deno.writeFile(join(path, `${100 + i}.png`), png);
    }
  }
  const load = (size?: number) => loadImageFolder(scratch.path, size);
  const first = (images: Uint8Array, bytes: number) =>
    Array.from({ length: images.length / bytes }, (_, i) => images[i * bytes]!);

  it("reads train, val and test as they are", async () => {
    for (const [i, split] of ["train", "val", "test"].entries()) {
      await write(`${split}/cat`, 100 * i, 2);
      await write(`${split}/dog`, 100 * i + 50, 2);
    }
    const set = await load(2);
    assert.deepEqual(set.classes, ["cat", "dog"]);
    assert.deepEqual([set.height, set.width, set.channels], [2, 2, 3]);
    assert.deepEqual(first(set.validation.images, 12), [100, 101, 150, 151]);
    assert.deepEqual([...set.validation.labels], [0, 0, 1, 1]);
    assert.deepEqual(first(set.test.images, 12), [200, 201, 250, 251]);
    assert.deepEqual(first(set.train.images, 12).sort(), [0, 1, 50, 51]);
    assert.deepEqual(set.notes, []);
  });
  it("gives each training image its own label in the shuffled order", async () => {
    await write("cat", 0, 12);
    await write("dog", 100, 12);
    const { train } = await load(1);
    const values = first(train.images, 3);
    assert.deepEqual(values.map((v) => v < 100 ? 0 : 1), [...train.labels]);
    assert.notDeepEqual([...train.labels], [...train.labels].sort());
  });
  it("draws a tenth of each class for each split that is missing", async () => {
    await write("cat", 0, 20);
    await write("dog", 100, 4);
    const set = await load(1);
    assert.deepEqual(sizesOf(set), [18, 3, 3]);
    assert.deepEqual([...set.validation.labels], [0, 0, 1]);
    const all = [set.train, set.validation, set.test].flatMap(({ images }) =>
      first(images, 3)
    );
    assert.equal(new Set(all).size, 24);
    assert.deepEqual(set.notes.map((note) => note.slice(0, 44)), [
      "The image folder has no validation split: a ",
      "The image folder has no test split: a tenth ",
    ]);
  });
  it("draws the same images each time", async () => {
    await write("train/cat", 0, 10);
    await write("train/dog", 100, 10);
    await write("validation/cat", 50, 1);
    await write("validation/dog", 150, 1);
    const [a, b] = [await load(1), await load(1)];
    assert.deepEqual(a, b);
    assert.deepEqual(sizesOf(a), [18, 2, 2]);
  });
  it("scales by the mean and deviation of the training images", async () => {
    await write("train/cat", 51, 1);
    await write("train/dog", 153, 1);
    for (const split of ["val", "test"]) {
      await write(`${split}/cat`, 0, 1);
      await write(`${split}/dog`, 0, 1);
    }
    const { mean, standardDeviation } = await load(4);
    for (const channel of [0, 1, 2]) {
      assert.ok(Math.abs(mean[channel]! - 0.4) < 1e-12);
      assert.ok(Math.abs(standardDeviation[channel]! - 0.2) < 1e-12);
    }
  });
  it("reads JPEG beside PNG, follows links, skips other files", async () => {
    await write("cat", 0, 3);
    await write("dog", 100, 2);
    const dog = join(scratch.path, "dog");
    await Deno.writeFile(join(scratch.path, "elsewhere"), await jpeg(100));
    await Deno.symlink(join(scratch.path, "elsewhere"), join(dog, "c.JPG"));
    await Deno.writeTextFile(join(dog, "notes.txt"), "no image");
    await Deno.writeTextFile(join(dog, ".hidden.png"), "no image");
    await Deno.mkdir(join(scratch.path, ".git"));
    const { train, validation, test, classes } = await load(1);
    assert.deepEqual(classes, ["cat", "dog"]);
    const dogs = [train, validation, test].flatMap(({ images, labels }) =>
      first(images, 3).filter((_, i) => labels[i] === 1)
    );
    assert.deepEqual(dogs.sort(), [100, 101, 200]);
  });
  it("names the file that cannot be decoded", async () => {
    await write("cat", 0, 3);
    await write("dog", 0, 3);
    const path = join(scratch.path, "dog", "101.png");
    await Deno.truncate(path, 30);
    await assert.rejects(load(), (error: Error) => {
      assert.equal(error.name, "UserError");
      return error.message.startsWith(`Cannot decode ${path} as`);
    });
  });

  const refused: [string, string[], RegExp, count?: number][] = [
    [
      "an empty folder",
      [],
      /a folder for each of 2 to 256 classes: current value is 0 folders/,
    ],
    [
      "a single class",
      ["cat"],
      /of 2 to 256 classes: current value is the one folder "cat"/,
    ],
    [
      "a class without images",
      ["cat", "dog/.inner"],
      /dog as a class as it must hold JPEG or PNG images.*is no image/,
    ],
    [
      "too few images to draw splits from",
      ["cat", "dog"],
      /Cannot draw a validation and a test split as each class must have at least 3 training images: current value is 2 of "cat"/,
      2,
    ],
    [
      "classes that differ",
      ["train/cat", "train/dog", "val/cat", "val/dgo"],
      /val as it must have the same classes as .*train: current value is "dog"/,
    ],
    ["a class of the test split alone", [
      "train/a",
      "train/b",
      "test/a",
      "test/b",
      "test/c",
    ], /current value is "c" in one of them alone/],
    [
      "two validation splits",
      ["train", "val", "validation"].flatMap((it) => [`${it}/a`, `${it}/b`]),
      /alone: current value is "validation" too/,
    ],
    [
      "a stranger beside the splits",
      ["train/a", "train/b", "extra"],
      /current value is "extra" too/,
    ],
    [
      "a test split without a train split",
      ["test/a", "test/b"],
      /there must be a train folder .*: current value is test/,
    ],
    [
      "an invisible character in a class name",
      ["cat", "d\u202eog"],
      /class name must be of printable characters/,
    ],
    [
      "a line break in a class name",
      ["cat", "d\nog"],
      /printable characters: current value is "d\\nog"/,
    ],
  ];
  for (const [what, folders, message, count = 3] of refused) {
    it(`refuses ${what}`, async () => {
      for (const folder of folders) await write(folder, 0, count);
      await assert.rejects(load(), { name: "UserError", message });
    });
  }
  it("takes a class name with spaces, quotes and angle brackets as it is", async () => {
    const odd = `<b>"é' 🐈 `;
    await write(odd, 0, 3);
    await write("dog", 100, 3);
    assert.deepEqual((await load()).classes, [odd, "dog"]);
  });

  const jpeg = async (quality = 90) =>
    new Uint8Array(await encodeJpeg(plain(200), { quality }));
  const sizesOf = ({ train, validation, test }: Dataset) =>
    [train, validation, test].map(({ size }) => size);
  const sizes = async () => sizesOf(await load(2));
  const refuses = (message: RegExp) =>
    assert.rejects(load(2), { name: "UserError", message });

  describe("says what it does not take", () => {
    const add = async (name: string, bytes: Uint8Array) =>
      await Deno.writeFile(join(scratch.path, "dog", name), bytes);
    beforeEach(async () => {
      await write("cat", 0, 10);
      await write("dog", 100, 10);
    });
    for (const ending of ["jpg", "JPEG", "jpe", "jfif"]) {
      it(`takes .${ending}`, async () => {
        for (let i = 0; i < 10; i++) await add(`${i}.${ending}`, await jpeg());
        assert.deepEqual(await sizes(), [24, 3, 3]);
      });
    }
    const foreign = [
      ...["ppm", "pgm", "heif", "heic", "apng", "webp", "gif", "jpg_large"],
    ].map((ending) => `x.${ending}`);
    for (const name of [...foreign, "without_ending"]) {
      it(`refuses ${name}`, async () => {
        await add(name, await jpeg());
        await refuses(
          new RegExp(`dog as a class as it must hold JPEG or PNG.*is ${name}$`),
        );
      });
    }
    const beside = ["README", "notes.txt", "a.json", "Thumbs.db", ".x.webp"];
    for (const name of beside) {
      it(`skips ${name}`, async () => {
        await add(name, new Uint8Array(9));
        assert.deepEqual(await sizes(), [16, 2, 2]);
      });
    }
    it("names a picture beside the class folders in a note", async () => {
      await write(".", 0, 1);
      assert.equal(
        (await load(2)).notes.at(-1),
        "Left out as they lie beside the class folders: 100.png.",
      );
    });
    const links: [string, string, RegExp?][] = [
      ["dog/notes.txt", "nowhere"],
      ["dog/self", "."],
      ["dog/b.png", "none", /^Cannot read .*dog\/b.png as.* leads nowhere$/],
      ["dog/2021", "none", /^Cannot read .*dog\/2021 as.* leads nowhere$/],
      ["bird", "bird", /^Cannot read .*bird as.* leads nowhere$/],
    ];
    for (const [name, target, message] of links) {
      it(`${message ? "refuses" : "skips"} a link ${name} -> ${target}`, async () => {
        await Deno.symlink(target, join(scratch.path, name));
        if (message) await refuses(message);
        else assert.deepEqual(await sizes(), [16, 2, 2]);
      });
    }
    it("names all files that cannot be decoded, each with its reason", async () => {
      await add("a.jpg", (await jpeg()).slice(0, -20));
      await add("b.jpg", await Deno.readFile(CMYK));
      await add("c.png", new Uint8Array(9));
      await refuses(
        /is 3 of 23 that are not: dog\/a.jpg \(.*damaged.*\), dog\/b.jpg \(a CMYK.*\), dog\/c.png \(9 bytes of another kind\)$/,
      );
    });
  });
  it("takes the pictures in folders below a class folder", async () => {
    await write("cat", 0, 10);
    for (const [i, folder] of ["dog", "dog/2021", "dog/2022"].entries()) {
      await write(folder, 100 + 30 * i, i === 0 ? 10 : 30);
    }
    assert.deepEqual(await sizes(), [64, 8, 8]);
  });
  it("knows the splits in any letter case", async () => {
    for (const split of ["Train", "VAL", "Test"]) {
      await write(`${split}/cat`, 0, 3);
      await write(`${split}/dog`, 9, 3);
    }
    assert.deepEqual(await sizes(), [6, 6, 6]);
  });
  it("refuses splits below the classes", async () => {
    for (const name of ["cat", "dog"]) await write(`${name}/train`, 0, 3);
    await refuses(/splits must stand above the classes: .*"train" in it$/);
  });
  it("says that the folder is not there", async () => {
    await assert.rejects(loadImageFolder(join(scratch.path, "no")), {
      name: "UserError",
      message:
        /Cannot list .*no as it must be a readable folder: current value is "No such file/,
    });
  });
});

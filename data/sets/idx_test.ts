import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Checksums, readIdxSplit } from "./fashion_mnist.ts";
import { checksumsOf } from "./testdata/checksums_of.ts";
import { idxFile, writeIdxPart } from "./testdata/idx_file.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

const IMAGES = "train-images-idx3-ubyte";
const LABELS = "train-labels-idx1-ubyte";

describe("readIdxSplit", () => {
  const scratch = scratchFolder();
  let checksums: Checksums;
  const read = () => readIdxSplit(scratch.path, "train", checksums);
  const write = (name: string, bytes: Uint8Array) =>
    Deno.writeFile(join(scratch.path, name), bytes);
  beforeEach(async () => {
    await writeIdxPart(scratch.path, "train", [3, 0, 9]);
    checksums = await checksumsOf(scratch.path);
  });

  it("reads images and labels", async () => {
    const { images, labels, size } = await read();
    assert.equal(size, 3);
    assert.deepEqual([...labels], [3, 0, 9]);
    assert.equal(images.length, 3 * 784);
    assert.deepEqual([images[0], images[784], images[3 * 784 - 1]], [0, 1, 2]);
  });
  it("reads them packed, with the checksum of what is inside", async () => {
    const path = join(scratch.path, IMAGES);
    await write(`${IMAGES}.gz`, gzipSync(await Deno.readFile(path)));
    await Deno.remove(path);
    assert.equal((await read()).size, 3);
  });

  const three = Uint8Array.of(3, 0, 9);
  const cases = [
    {
      what: "labels where images belong",
      name: IMAGES,
      bytes: idxFile(0x801, [3], three),
      message: /header must be the numbers 2051, <count>, 28, 28: .*is 2049, 3/,
    },
    {
      what: "images of another size",
      name: IMAGES,
      bytes: idxFile(0x803, [1, 32, 32], new Uint8Array(1024)),
      message: /current value is 2051, 1, 32, 32/,
    },
    {
      what: "an empty file",
      name: LABELS,
      bytes: new Uint8Array(),
      message: /current value is an empty file/,
    },
    {
      what: "a file shorter than its header",
      name: IMAGES,
      bytes: idxFile(0x803, [3, 28, 28], new Uint8Array()).subarray(0, 10),
      message: /current value is 2051, 3/,
    },
    {
      what: "fewer bytes than the header announces",
      name: LABELS,
      bytes: idxFile(0x801, [3], three.subarray(1)),
      message: /unpack to the 11 bytes .*: current value is 10 bytes/,
    },
    {
      what: "more bytes than the header announces",
      name: LABELS,
      bytes: idxFile(0x801, [2], three),
      message: /unpack to the 10 bytes .*: current value is 11 bytes/,
    },
    {
      what: "a label that names no class",
      name: LABELS,
      bytes: idxFile(0x801, [3], Uint8Array.of(3, 10, 9)),
      message: /from 0 to 9: current value is 10 for record 1/,
      isIntact: true,
    },
    {
      what: "fewer labels than images",
      name: LABELS,
      bytes: idxFile(0x801, [2], three.subarray(1)),
      message: /a label for each image of .*: current value is 2 for 3/,
      isIntact: true,
    },
    {
      what: "other content than published",
      name: LABELS,
      bytes: idxFile(0x801, [3], Uint8Array.of(3, 0, 8)),
      message: /checksum sha256:\w{64}: current value is sha256:\w{64}/,
    },
  ];
  for (const { what, name, bytes, message, isIntact } of cases) {
    it(`refuses ${what}, naming the file`, async () => {
      await write(name, bytes);
      if (isIntact) checksums = await checksumsOf(scratch.path);
      await assert.rejects(read(), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.match(error.message, message);
        assert.ok(error.message.includes(join(scratch.path, name)));
        return true;
      });
    });
  }
});

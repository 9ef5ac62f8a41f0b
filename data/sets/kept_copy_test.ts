import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { keptCopy } from "./published.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

describe("keptCopy", () => {
  const packed = Uint8Array.of(1, 2, 3);
  const content = Uint8Array.of(4, 5, 6, 7);
  const scratch = scratchFolder();
  const copies = () => [...Deno.readDirSync(join(scratch.cache, "unpacked"))];
  let unpacked: number;
  const unpack = () => {
    unpacked++;
    return Promise.resolve(content);
  };
  beforeEach(() => unpacked = 0);

  it("unpacks once, and gives the same content ever after", async () => {
    assert.deepEqual(await keptCopy(packed, unpack), content);
    assert.deepEqual(await keptCopy(packed, unpack), content);
    assert.equal(unpacked, 1);
  });
  it("unpacks other bytes anew", async () => {
    await keptCopy(packed, unpack);
    await keptCopy(Uint8Array.of(1, 2), unpack);
    assert.equal(unpacked, 2);
  });
  it("replaces a copy that is torn or damaged", async () => {
    await keptCopy(packed, unpack);
    const path = join(scratch.cache, "unpacked", copies()[0]!.name);
    for (const length of [0, 20, 34]) {
      await Deno.truncate(path, length);
      assert.deepEqual(await keptCopy(packed, unpack), content);
    }
    assert.equal(unpacked, 4);
    assert.deepEqual(await keptCopy(packed, unpack), content);
    assert.equal(unpacked, 4);
  });
  it("leaves nothing but the copy behind", async () => {
    await Promise.all([keptCopy(packed, unpack), keptCopy(packed, unpack)]);
    assert.equal(copies().length, 1);
  });
  it("does without a cache that cannot be written", async () => {
    Deno.env.set("TENFOLD_CACHE", "/dev/null/cache");
    assert.deepEqual(await keptCopy(packed, unpack), content);
  });
});

import { describe, it } from "@std/testing/bdd";
import { packTar, type TarEntry } from "modern-tar";
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unpackTar } from "./fetch.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

const file = (name: string, body: string): TarEntry => ({
  header: { name, size: body.length, type: "file" },
  body,
});

describe("unpackTar", () => {
  const scratch = scratchFolder();
  const archive = () => join(scratch.path, "a.tar.gz");
  const folder = () => join(scratch.path, "out");
  const pack = async (entries: TarEntry[]) =>
    await Deno.writeFile(archive(), gzipSync(await packTar(entries)));
  const names = (path: string) =>
    [...Deno.readDirSync(path)].map(({ name }) => name).sort();

  it("writes the files asked for, side by side", async () => {
    await pack([
      { header: { name: "set/", size: 0, type: "directory" } },
      file("set/a.bin", "first"),
      file("set/readme.html", "not asked for"),
      file("set/b.bin", "second"),
    ]);
    await unpackTar(archive(), folder(), ["set/b.bin", "set/a.bin"]);
    assert.deepEqual(names(folder()), ["a.bin", "b.bin"]);
    assert.equal(await Deno.readTextFile(join(folder(), "a.bin")), "first");
    assert.equal(await Deno.readTextFile(join(folder(), "b.bin")), "second");
  });
  it("never writes outside the folder, whatever the archive names", async () => {
    const outside = join(scratch.path, "evil");
    await pack([
      file("../evil", "up"),
      file(outside, "absolute"),
      file("set/../../evil", "up from inside"),
      {
        header: {
          name: "set/b.bin",
          size: 0,
          type: "symlink",
          linkname: outside,
        },
      },
      file("set/a.bin", "good"),
      file("set/b.bin", "through the link"),
    ]);
    await unpackTar(archive(), folder(), ["set/a.bin", "set/b.bin"]);
    assert.deepEqual(names(scratch.path), ["a.tar.gz", "out"]);
    assert.deepEqual(names(folder()), ["a.bin", "b.bin"]);
    assert.ok((await Deno.lstat(join(folder(), "b.bin"))).isFile);
  });
  it("names what the archive does not hold", async () => {
    await pack([file("set/a.bin", "first")]);
    await assert.rejects(
      unpackTar(archive(), folder(), ["set/a.bin", "set/b.bin"]),
      {
        name: "UserError",
        message:
          /must hold set\/a.bin, set\/b.bin: current value is an archive without set\/b.bin$/,
      },
    );
  });
  it("refuses an archive that is torn, damaged or none", async () => {
    await pack([file("set/a.bin", "first".repeat(1000))]);
    const whole = await Deno.readFile(archive());
    const damaged = whole.slice();
    damaged.fill(0, 20, 60);
    for (const bytes of [whole.slice(0, -20), damaged, new Uint8Array(600)]) {
      await Deno.writeFile(archive(), bytes);
      await assert.rejects(unpackTar(archive(), folder(), ["set/a.bin"]), {
        name: "UserError",
        message:
          /^Cannot unpack .*a.tar.gz into .*out as it must be a whole .tar.gz/,
      });
    }
  });
});

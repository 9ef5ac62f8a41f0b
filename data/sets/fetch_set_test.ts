import { describe, it } from "@std/testing/bdd";
import { packTar } from "modern-tar";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fetchSet, type Source } from "./fetch.ts";
import { serveFiles } from "./testdata/file_server.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

const a = Uint8Array.of(1, 2, 3);
const b = Uint8Array.of(4, 5);
const sha256 = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const archive = new Uint8Array(gzipSync(
  await packTar([a, b].map((body, i) => ({
    header: { name: `tiny-bin/${i}.bin`, size: body.length, type: "file" },
    body,
  }))),
));

const filesAt = (base: string): Source => ({
  set: { name: "tiny", folder: "tiny", files: ["a", "b"] },
  base,
  mirrored: "tiny/",
  downloads: [
    { name: "a.gz", checksum: sha256(a) },
    { name: "b.gz", checksum: sha256(b) },
  ],
});
const archiveAt = (base: string): Source => ({
  set: { name: "tiny", folder: "tiny-bin", files: ["0.bin", "1.bin"] },
  base,
  mirrored: "",
  downloads: [{ name: "tiny.tar.gz", checksum: sha256(archive) }],
});
const served = { "/x/a.gz": a, "/x/b.gz": b, "/x/tiny.tar.gz": archive };

describe("fetchSet", () => {
  const scratch = scratchFolder();
  const sets = () => join(scratch.cache, "datasets");
  const names = (path: string) =>
    [...Deno.readDirSync(path)].map(({ name }) => name).sort();

  it("gets files into the folder of the set, and only once", async () => {
    await using server = serveFiles(served);
    const source = filesAt(`${server.url}/x`);
    const folder = join(sets(), "tiny");
    assert.deepEqual(await fetchSet(source), { folder, isNew: true });
    assert.deepEqual(names(folder), ["a.gz", "b.gz"]);
    assert.deepEqual(await Deno.readFile(join(folder, "a.gz")), a);
    assert.deepEqual(await fetchSet(source), { folder, isNew: false });
    assert.equal(server.requests.length, 2);
  });
  it("replaces a file that is damaged", async () => {
    await using server = serveFiles(served);
    const source = filesAt(`${server.url}/x`);
    const { folder } = await fetchSet(source);
    await Deno.truncate(join(folder, "b.gz"), 1);
    assert.equal((await fetchSet(source)).isNew, true);
    assert.deepEqual(await Deno.readFile(join(folder, "b.gz")), b);
    assert.equal(server.requests.length, 3);
  });
  it("unpacks an archive, keeps nothing of it, and only once", async () => {
    await using server = serveFiles(served);
    const source = archiveAt(`${server.url}/x`);
    const folder = join(sets(), "tiny-bin");
    assert.deepEqual(await fetchSet(source), { folder, isNew: true });
    assert.deepEqual(names(folder), ["0.bin", "1.bin"]);
    assert.deepEqual(await Deno.readFile(join(folder, "1.bin")), b);
    assert.deepEqual(names(sets()), ["tiny-bin", "tiny-bin.lock"]);
    assert.deepEqual(await fetchSet(source), { folder, isNew: false });
    assert.equal(server.requests.length, 1);
  });
  it("unpacks again after an unpacking that was killed", async () => {
    await Deno.mkdir(join(sets(), "tiny-bin"), { recursive: true });
    await Deno.mkdir(join(sets(), "tiny-bin.part"));
    for (const place of ["tiny-bin/0.bin", "tiny-bin.part/1.bin"]) {
      await Deno.writeTextFile(join(sets(), place), "torn");
    }
    await Deno.writeFile(join(sets(), "tiny.tar.gz"), archive);
    await using server = serveFiles(served);
    const { folder } = await fetchSet(archiveAt(`${server.url}/x`));
    assert.deepEqual(await Deno.readFile(join(folder, "0.bin")), a);
    assert.deepEqual(names(sets()), ["tiny-bin", "tiny-bin.lock"]);
    assert.equal(server.requests.length, 0);
  });
  it("leaves no folder behind where the archive lacks a file", async () => {
    await using server = serveFiles(served);
    const source = archiveAt(`${server.url}/x`);
    const set = { ...source.set, files: ["0.bin", "2.bin"] };
    await assert.rejects(fetchSet({ ...source, set }), {
      name: "UserError",
      message: /an archive without tiny-bin\/2.bin/,
    });
    assert.deepEqual(names(sets()), ["tiny-bin.lock", "tiny.tar.gz"]);
  });
  it("downloads once where two ask at the same time", async () => {
    for (const sourceAt of [filesAt, archiveAt]) {
      await using server = serveFiles(served);
      const source = sourceAt(`${server.url}/x`);
      let waits = 0;
      const options = { onWait: () => waits++ };
      const both = await Promise.all([
        fetchSet(source, options),
        fetchSet(source, options),
      ]);
      assert.deepEqual(both.map(({ isNew }) => isNew).sort(), [false, true]);
      assert.equal(server.requests.length, source.downloads.length);
      assert.equal(waits, 1);
    }
  });
  it("asks a mirror instead, by option or by environment", async () => {
    await using server = serveFiles({ "/m/tiny/a.gz": a, "/m/tiny/b.gz": b });
    const source = filesAt("http://127.0.0.1:1/never");
    await fetchSet(source, { mirror: `${server.url}/m/` });
    await Deno.remove(sets(), { recursive: true });
    Deno.env.set("TENFOLD_MIRROR", `${server.url}/m`);
    await fetchSet(source);
    assert.equal(server.requests.length, 4);
  });
  it("refuses a mirror that is no address", async () => {
    for (const mirror of ["/some/folder", "ftp://a/b", "http://"]) {
      await assert.rejects(fetchSet(filesAt("http://a"), { mirror }), {
        name: "UserError",
        message:
          `Cannot fetch from a mirror as TENFOLD_MIRROR must be an http or https ` +
          `address: current value is "${mirror}"`,
      });
    }
  });
  it("says that the cache cannot be written", async () => {
    Deno.env.set("TENFOLD_CACHE", "/dev/null/cache");
    await assert.rejects(fetchSet(filesAt("http://a")), {
      name: "UserError",
      message:
        /^Cannot make \/dev\/null\/cache\/datasets as the cache must be writable: .*TENFOLD_CACHE names another/,
    });
  });
});

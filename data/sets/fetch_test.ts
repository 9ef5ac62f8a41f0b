import { describe, it } from "@std/testing/bdd";
import { packTar, type TarEntry } from "modern-tar";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type FetchableSet, fetchSet, unpackTar } from "./fetch.ts";
import { FETCHABLE, fetchDataset } from "./mod.ts";
import { serveFiles } from "./testdata/file_server.ts";
import { scratchFolder } from "./testdata/example_sets.ts";

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

const a = Uint8Array.of(1, 2, 3);
const b = Uint8Array.of(4, 5);
const sha256 = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const TARBALL = new Uint8Array(gzipSync(
  await packTar([a, b].map((body, i) => ({
    header: { name: `tiny-bin/${i}.bin`, size: body.length, type: "file" },
    body,
  }))),
));

const filesAt = (base: string): FetchableSet => ({
  ...{ name: "tiny", folder: "tiny", files: ["a", "b"] },
  source: {
    base,
    mirrored: "tiny/",
    downloads: [
      { name: "a.gz", checksum: sha256(a), size: 3 },
      { name: "b.gz", checksum: sha256(b), size: 2 },
    ],
  },
});
const archiveAt = (base: string): FetchableSet => ({
  ...{ name: "tiny", folder: "tiny-bin", files: ["0.bin", "1.bin"] },
  source: {
    base,
    mirrored: "",
    downloads: [{
      name: "tiny.tar.gz",
      checksum: sha256(TARBALL),
      size: TARBALL.length,
    }],
  },
});
const served = { "/x/a.gz": a, "/x/b.gz": b, "/x/tiny.tar.gz": TARBALL };

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
    await Deno.writeFile(join(sets(), "tiny.tar.gz"), TARBALL);
    await using server = serveFiles(served);
    const { folder } = await fetchSet(archiveAt(`${server.url}/x`));
    assert.deepEqual(await Deno.readFile(join(folder, "0.bin")), a);
    assert.deepEqual(names(sets()), ["tiny-bin", "tiny-bin.lock"]);
    assert.equal(server.requests.length, 0);
  });
  it("leaves no folder behind where the archive lacks a file", async () => {
    await using server = serveFiles(served);
    const source = archiveAt(`${server.url}/x`);
    const files = ["0.bin", "2.bin"];
    await assert.rejects(fetchSet({ ...source, files }), {
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
      assert.equal(server.requests.length, source.source.downloads.length);
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

describe("fetchDataset", () => {
  scratchFolder();
  it("knows the two published sets", () => {
    assert.deepEqual(FETCHABLE, ["fashion-mnist", "cifar-10"]);
  });
  const cases = [
    {
      name: "fashion-mnist",
      path: "/fashion-mnist/train-images-idx3-ubyte.gz",
      checksum: /must be sha256:3aede38d61863908/,
    },
    {
      name: "cifar-10",
      path: "/cifar-10-binary.tar.gz",
      checksum: /must be md5:c32a1d4ab5d03f12/,
    },
  ];
  for (const { name, path, checksum } of cases) {
    it(`asks a mirror for ${name} by its usual name, and takes no other file for it`, async () => {
      await using server = serveFiles({ [path]: Uint8Array.of(1) });
      await assert.rejects(fetchDataset(name, { mirror: server.url }), {
        name: "UserError",
        message: checksum,
      });
      assert.deepEqual(server.requests.map((request) => request.path), [path]);
    });
  }
  it("says what can be fetched where the name is another", async () => {
    for (const name of ["fashion-mnist-subset", "folder", "mnist"]) {
      await assert.rejects(fetchDataset(name), {
        name: "UserError",
        message: new RegExp(
          `one of fashion-mnist, cifar-10: current value is ${name}`,
        ),
      });
    }
  });
});

import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { findPacked, keptCopy, readPacked, verifyFile } from "./published.ts";
import { scratchFolder } from "./testdata/example_sets.ts";

const text = "hello, dataset\n";
const plain = new TextEncoder().encode(text);
const gz = new Uint8Array(gzipSync(plain));
// printf 'hello, dataset\n' | xz | base64 -w0
const xz = Uint8Array.fromBase64(
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAOaGVsbG8sIGRhdGFzZXQKAAAu/2kwya9ZIwABJw/fGvxqH7bzfQEAAAAA" +
    "BFla",
);

/** The bytes with the one in the middle changed. */
function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1]! ^= 0xff;
  return copy;
}

describe("readPacked", () => {
  const scratch = scratchFolder();
  const write = (name: string, bytes: Uint8Array) =>
    Deno.writeFile(join(scratch.path, name), bytes);

  for (
    const [name, bytes] of Object.entries({ a: plain, "a.gz": gz, "a.xz": xz })
  ) {
    it(`reads ${name}`, async () => {
      await write(name, bytes);
      const file = await readPacked(scratch.path, "a");
      assert.equal(new TextDecoder().decode(file.bytes), text);
      assert.equal(file.path, join(scratch.path, name));
    });
  }
  it("prefers a plain file to a packed one", async () => {
    await write("a", plain);
    await write("a.gz", gz);
    assert.equal(await findPacked(scratch.path, "a"), join(scratch.path, "a"));
  });
  it("reads an .xz file again when it has changed", async () => {
    await write("a.xz", xz);
    await readPacked(scratch.path, "a");
    await write("a.xz", damaged(xz));
    await assert.rejects(readPacked(scratch.path, "a"), /Cannot unpack/);
  });

  const broken = [
    { what: "a torn .gz", name: "a.gz", bytes: gz.subarray(0, -6) },
    { what: "a .gz without content", name: "a.gz", bytes: gz.subarray(0, 0) },
    { what: "a damaged .gz", name: "a.gz", bytes: damaged(gz) },
    { what: "a plain file called .gz", name: "a.gz", bytes: plain },
    { what: "a torn .xz", name: "a.xz", bytes: xz.subarray(0, -20) },
    { what: "an .xz without its end", name: "a.xz", bytes: xz.subarray(0, -4) },
    { what: "an .xz without content", name: "a.xz", bytes: xz.subarray(0, 0) },
    { what: "a damaged .xz", name: "a.xz", bytes: damaged(xz) },
    { what: "a plain file called .xz", name: "a.xz", bytes: plain },
  ];
  for (const { what, name, bytes } of broken) {
    it(`refuses ${what}, naming the file`, async () => {
      await write(name, bytes);
      await assert.rejects(readPacked(scratch.path, "a"), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.ok(
          error.message.startsWith(
            `Cannot unpack ${join(scratch.path, name)} as`,
          ),
        );
        assert.ok(
          error.message.includes(`current value is ${bytes.length} bytes`),
        );
        return true;
      });
    });
  }
  it("says which file is missing where", async () => {
    await assert.rejects(readPacked(scratch.path, "a"), {
      name: "UserError",
      message:
        `Cannot read a as it must lie in ${scratch.path}, plain or as .gz or .xz: ` +
        "current value is no such file",
    });
  });
  const layouts: [string, readonly string[]][] = [
    ["with a dot before idx", ["a.idx1"]],
    ["packed, with a dot before idx", ["a.idx1.gz"]],
    ["in a folder of its own name", ["a-idx1/a-idx1"]],
    ["beside a folder of its name", ["a-idx1/other", "a-idx1.gz"]],
  ];
  for (const [what, paths] of layouts) {
    it(`reads a file ${what}`, async () => {
      for (const path of paths) {
        await Deno.mkdir(join(scratch.path, dirname(path)), {
          recursive: true,
        });
        await write(path, path.endsWith(".gz") ? gz : plain);
      }
      const { path, bytes } = await readPacked(scratch.path, "a-idx1");
      assert.deepEqual(bytes, plain);
      assert.equal(path, join(scratch.path, paths.at(-1)!));
    });
  }
  it("says that a folder of the name is no such file", async () => {
    await Deno.mkdir(join(scratch.path, "a"));
    await assert.rejects(readPacked(scratch.path, "a"), /is no such file/);
  });
  it("stops unpacking beyond the limit", async () => {
    for (const [name, bytes] of Object.entries({ "b.gz": gz, "c.xz": xz })) {
      await write(name, bytes);
      const read = (limit: number) => readPacked(scratch.path, name[0]!, limit);
      await assert.rejects(read(plain.length - 1), {
        name: "UserError",
        message: /at most 14 bytes: current value is \d+ bytes that unpack to/,
      });
      assert.equal((await read(plain.length)).bytes.length, plain.length);
    }
  });
});

describe("verify", () => {
  const file = { path: "there", bytes: new TextEncoder().encode("abc") };
  // "abc" in the test suites of RFC 1321 and FIPS 180-2.
  const md5 = "md5:900150983cd24fb0d6963f7d28e17f72";
  const sha256 =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  it("returns the checksum that the content has", () => {
    assert.equal(verifyFile(file, [md5]), md5);
    assert.equal(verifyFile(file, ["md5:00", sha256]), sha256);
  });
  it("names file, expected and found where none fits", () => {
    assert.throws(() => verifyFile(file, ["md5:00", "sha256:00"]), {
      name: "UserError",
      message:
        "Cannot use there as its unpacked content must have the checksum md5:00 or " +
        `sha256:00: current value is ${md5} or ${sha256}`,
    });
  });
});

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

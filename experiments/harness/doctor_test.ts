import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { findLibrary, runtimeFolder } from "../runtime/library.ts";
import { CPU_RUNTIME } from "../runtime/runtimes.ts";
import {
  type Check,
  doctor,
  type DoctorOptions,
  printChecks,
} from "./doctor.ts";

describe("doctor", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });

  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });

  /** The checks by name, of an empty cache and with no library named. */
  async function examine(
    options: DoctorOptions = {},
  ): Promise<Record<string, Check>> {
    const cache = join(folder, "cache");
    const checks = await doctor({ library: "", cache, ...options });
    return Object.fromEntries(checks.map((check) => [check.name, check]));
  }

  /** Files with the right names that are no libraries. */
  async function makeBrokenLibrary(): Promise<string> {
    for (const { path } of CPU_RUNTIME.wheels[0]!.members) {
      await Deno.writeTextFile(join(folder, basename(path)), "no library");
    }
    return folder;
  }

  it("finds nothing wrong where TensorFlow is, and tells its version", async () => {
    const checks = await examine({ library: await findLibrary() });
    const wrong = Object.values(checks).filter(({ state }) => state === "fail");
    assert.deepEqual(wrong, []);
    assert.match(checks["TensorFlow"]!.detail, /^2\.\d+\.\d+ on CPU:0/);
  });

  it("says what is still to come where nothing is, and fetches nothing", async () => {
    const checks = await examine();
    assert.equal(checks["library"]?.state, "warn");
    assert.match(checks["library"].wayOut!, /downloads it \(274 MB\)/);
    assert.equal(checks["TensorFlow"]?.state, "warn");
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });

  it("goes on after a library that is named wrongly", async () => {
    const checks = await examine({ library: folder });
    assert.equal(checks["library"]?.state, "fail");
    assert.match(checks["library"].detail, /TENFOLD_TENSORFLOW/);
    assert.equal(checks["disk"]?.state, "ok");
  });

  it("tells of a library that cannot be started, and how to get another", async () => {
    const checks = await examine({ library: await makeBrokenLibrary() });
    assert.equal(checks["library"]?.state, "ok");
    assert.equal(checks["TensorFlow"]?.state, "fail");
    assert.match(
      checks["TensorFlow"].detail,
      /must be a library of this platform/,
    );
    assert.match(checks["TensorFlow"].wayOut!, /Unset TENFOLD_TENSORFLOW/);
  });

  it("finds a library in the cache that has its sizes and other bytes", async () => {
    const cache = join(folder, "cache");
    const place = runtimeFolder({ cache });
    await Deno.mkdir(place, { recursive: true });
    for (const { path, size } of CPU_RUNTIME.wheels[0]!.members) {
      await Deno.create(join(place, basename(path)));
      await Deno.truncate(join(place, basename(path)), size); // of zeros
    }
    const { library } = await examine({ cache });
    assert.equal(library?.state, "fail");
    assert.match(library.detail, /damaged: .*framework\.so\.2, .*cc\.so\.2$/);
    assert.equal(
      library.wayOut,
      `Remove ${place}; the next training downloads it anew.`,
    );
  });

  it("misses Python only while there is no library", async () => {
    const python = ["no-python3", "no-python"];
    const without = await examine({ python });
    assert.equal(without["Python"]?.state, "fail");
    assert.match(without["Python"].detail, /no-python3, no-python/);
    const library = await makeBrokenLibrary();
    const having = await examine({ python, library });
    assert.equal(having["Python"]?.state, "ok");
  });

  it("warns of a cache that is no folder", async () => {
    const cache = join(folder, "file");
    await Deno.writeTextFile(cache, "");
    for (const path of [cache, join(cache, "below")]) {
      const checks = await examine({ cache: path });
      assert.equal(checks["cache"]?.state, "warn");
      assert.match(checks["cache"].wayOut!, /TENFOLD_CACHE/);
    }
  });

  it("adds up the files in the cache", async () => {
    const cache = join(folder, "cache");
    await Deno.mkdir(join(cache, "datasets"), { recursive: true });
    await Deno.writeFile(join(cache, "a"), new Uint8Array(1000));
    await Deno.writeFile(join(cache, "datasets", "b"), new Uint8Array(500));
    assert.equal((await examine())["cache"]?.detail, `${cache}, 1.5 kB`);
  });

  it("tells which data sets are here, and how to get the others", async () => {
    const { "data sets": check } = await examine({ data: folder });
    assert.match(check!.detail, /^fashion-mnist-subset: in /);
    assert.match(check!.detail, /cifar-10: not here; .*fetch cifar-10/);
    assert.equal(check!.state, "ok");
  });

  it("warns of a data set that lacks files", async () => {
    const set = join(folder, "fashion-mnist");
    await Deno.mkdir(set);
    await Deno.writeTextFile(join(set, "train-labels-idx1-ubyte.gz"), "");
    const { "data sets": check } = await examine({ data: folder });
    assert.equal(check!.state, "warn");
    assert.match(check!.detail, /without train-images/);
  });
});

describe("printChecks", () => {
  it("prints a table, with what to do below what was found", () => {
    const lines: string[] = [];
    const checks: Check[] = [
      { name: "disk", state: "ok", detail: "5 GB free" },
      { name: "library", state: "warn", detail: "not here\nyet", wayOut: "Go" },
    ];
    printChecks(checks, (line) => lines.push(line));
    assert.deepEqual(lines, [
      "ok    disk     5 GB free",
      "warn  library  not here\n               yet\n               Go",
    ]);
  });
});

import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../data/errors.ts";
import {
  currentPlatform,
  damagedFiles,
  findLibrary,
  healLibrary,
  type LibraryOptions,
  locateLibrary,
  type Platform,
  requirePlatform,
  runtimeFolder,
} from "./library.ts";
import {
  fakePython,
  makeWheel,
  type WheelFixture,
} from "./testdata/wheel_fixture.ts";

const SUPPORTED: Platform = {
  ...{ os: "linux", arch: "x86_64", libc: "glibc", avx: true },
};

describe("findLibrary", () => {
  let folder: string;
  let cache: string;
  let fixture: WheelFixture;
  let copyPython: string;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    cache = join(folder, "a cache");
    fixture = await makeWheel(folder);
    copyPython = await python(
      "copies",
      `echo call >> '${folder}/calls'\nsleep 0.3\ncp '${fixture.path}' "$TARGET"`,
    );
  });

  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });

  function python(name: string, body: string): Promise<string> {
    return fakePython(folder, name, body);
  }

  function options(...commands: string[]): LibraryOptions {
    return {
      library: "",
      cache,
      runtime: fixture.runtime,
      python: commands,
      platform: SUPPORTED,
    };
  }

  /** Runs findLibrary in a process of its own, which a test can kill. */
  function startProcess(
    settings: LibraryOptions,
    env: Record<string, string> = {},
  ): Deno.ChildProcess {
    const module = import.meta.resolve("./library.ts");
    return new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `import { findLibrary } from ${JSON.stringify(module)};
         console.log(await findLibrary(${JSON.stringify(settings)}));`,
      ],
      cwd: new URL("../..", import.meta.url),
      env,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async function assertInstalled(found: string): Promise<void> {
    assert.equal(found, runtimeFolder(options()));
    for (const [name, bytes] of fixture.contents) {
      assert.deepEqual(await Deno.readFile(join(found, name)), bytes);
    }
    const left = Array.from(Deno.readDirSync(cache), ({ name }) => name);
    assert.equal(left.length, 2, `only folder and lock: ${left}`);
    assert.equal([...Deno.readDirSync(found)].length, fixture.contents.size);
  }

  async function assertNothingInstalled(): Promise<void> {
    const left = await Array.fromAsync(Deno.readDir(cache));
    assert.deepEqual(left.map(({ name }) => name), ["tensorflow.lock"]);
  }

  it("installs the library once, then needs neither Python nor the wheel", async () => {
    await assertInstalled(await findLibrary(options(copyPython)));
    await Deno.remove(fixture.path);
    await assertInstalled(await findLibrary(options("no-such-python")));
    assert.equal(await Deno.readTextFile(join(folder, "calls")), "call\n");
    assert.equal(locateLibrary(options())?.source, "cache");
  });

  it("installs anew if a cached file has another size", async () => {
    const found = await findLibrary(options(copyPython));
    await Deno.truncate(join(found, "libtensorflow_cc.so.2"), 10);
    assert.equal(locateLibrary(options()), undefined);
    await assertInstalled(await findLibrary(options(copyPython)));
  });

  it("finds a file that was changed and has its size, and gets the library anew", async () => {
    const found = await findLibrary(options(copyPython));
    assert.equal(await healLibrary(options("no-such-python")), false);
    const path = join(found, "libtensorflow_cc.so.2");
    const bytes = await Deno.readFile(path);
    bytes[70_000]! ^= 1;
    await Deno.writeFile(path, bytes);
    assert.equal(await findLibrary(options("no-such-python")), found);
    assert.deepEqual(await damagedFiles(options()), [path]);
    assert.equal(await healLibrary(options(copyPython)), true);
    await assertInstalled(found);
  });

  it("lays out several wheels by their paths, and libraries that have a name only", async () => {
    const second = { ...fixture.wheel, name: "nvidia-of-tests" };
    const runtime = {
      ...fixture.runtime,
      wheels: [fixture.wheel, second],
      layout: "paths",
      empty: ["nvidia/cufft/lib/libcufft.so.11"],
    } as const;
    const found = await findLibrary({ ...options(copyPython), runtime });
    assert.deepEqual(
      await Deno.readFile(join(found, "libtensorflow_cc.so.2")),
      fixture.contents.get("libtensorflow_cc.so.2"),
    );
    assert.equal(basename(found), "tensorflow");
    const empty = join(found, "..", runtime.empty[0]);
    Deno.dlopen(empty, {}).close();
    assert.equal(
      await Deno.readTextFile(join(folder, "calls")),
      "call\ncall\n",
    );
    await Deno.remove(empty);
    assert.equal(locateLibrary({ ...options(), runtime }), undefined);
  });

  it("leaves nothing of the first wheel where the second cannot be had", async () => {
    const failing = await python(
      "has_one_wheel",
      `if [ -e '${folder}/calls' ]; then echo 'ERROR: No matching distribution' >&2; exit 1; fi
       echo call >> '${folder}/calls'
       cp '${fixture.path}' "$TARGET"`,
    );
    const second = { ...fixture.wheel, name: "nvidia-of-tests" };
    const runtime = {
      ...fixture.runtime,
      wheels: [fixture.wheel, second],
    };
    await assert.rejects(findLibrary({ ...options(failing), runtime }), {
      name: "UserError",
      message: /Cannot download nvidia-of-tests 2\.21\.0 as pip must succeed/,
    });
    await assertNothingInstalled();
  });

  it("lets the second of two processes wait for the first", async () => {
    const outputs = await Promise.all(
      [1, 2].map(() => startProcess(options(copyPython)).output()),
    );
    for (const { stdout } of outputs) {
      await assertInstalled(new TextDecoder().decode(stdout).trim());
    }
    assert.equal(await Deno.readTextFile(join(folder, "calls")), "call\n");
    const waited = outputs.filter(({ stderr }) =>
      /waiting for it/.test(new TextDecoder().decode(stderr))
    );
    assert.equal(waited.length, 1);
  });

  it("sweeps what a process killed in the middle of unpacking left", async () => {
    // Opening a pipe that nobody reads blocks: the process stays between the two files.
    const stuck = await python(
      "stops_the_unpacking",
      `cp '${fixture.path}' "$TARGET"
       mkfifo "$TMPDIR/../libtensorflow_cc.so.2"`,
    );
    const child = startProcess(options(stuck));
    const path = await appears(cache, /libtensorflow_framework/);
    child.kill("SIGKILL");
    await child.output();
    assert.equal(locateLibrary(options()), undefined);
    assert.ok(Deno.statSync(dirname(path)).isDirectory, "something was left");
    await assertInstalled(await findLibrary(options(copyPython)));
  });

  it("takes the download down with a process that is killed", async () => {
    const pip = join(folder, "pip");
    await Deno.mkdir(pip);
    await Deno.writeTextFile(join(pip, "__init__.py"), "");
    await Deno.writeTextFile(
      join(pip, "__main__.py"),
      `import os, sys, time
target = sys.argv[sys.argv.index("-d") + 1]
with open(os.path.join(target, "partial"), "w") as file:
    file.write(str(os.getpid()))
    file.flush()
    time.sleep(60)
`,
    );
    const child = startProcess(options("python3"), { PYTHONPATH: folder });
    const pid = await Deno.readTextFile(await appears(cache, /partial$/, 1));
    child.kill("SIGKILL");
    await child.output();
    await waitFor(() => !isRunning(pid));
    await assertInstalled(await findLibrary(options(copyPython)));
  });

  it("refuses a wheel with another hash than the pinned one", async () => {
    const other = await python("other", `echo other > "$TARGET/a.whl"`);
    await assert.rejects(findLibrary(options(other)), {
      name: "UserError",
      message:
        /sha256 must be [0-9a-f]{64}: current value is [0-9a-f]{64}.*TENFOLD_TENSORFLOW.*--backend cpu/s,
    });
    await assertNothingInstalled();
    const forCards = { ...options(other), device: "gpu" } as const;
    await assert.rejects(
      findLibrary(forCards),
      /package with CUDA has one.*--device cpu/s,
    );
    await assertNothingInstalled();
  });

  it("says that the disk is full and leaves nothing there", async () => {
    // Writing to /dev/full fails as writing to a full disk does.
    const full = await python(
      "fills_the_disk",
      `cp '${fixture.path}' "$TARGET"
       ln -s /dev/full "$TMPDIR/../libtensorflow_cc.so.2"`,
    );
    await assert.rejects(findLibrary(options(full)), {
      name: "UserError",
      message: /disk must have space left: it is full.*TENFOLD_CACHE/s,
    });
    await assertNothingInstalled();
  });

  it("asks for free space before it downloads", async () => {
    const wheels = [{ ...fixture.wheel, size: 1e18 }];
    const runtime = { ...fixture.runtime, wheels };
    await assert.rejects(findLibrary({ ...options(copyPython), runtime }), {
      name: "UserError",
      message: /2000000 TB must be free.*current value is.*TENFOLD_CACHE/s,
    });
    await assertNothingInstalled();
  });

  it("says that the cache cannot be written", async () => {
    await Deno.writeTextFile(cache, "a file in its place");
    await assert.rejects(findLibrary(options(copyPython)), {
      name: "UserError",
      message: /must be a folder that can be written.*TENFOLD_CACHE/s,
    });
  });

  it("tells of TENFOLD_CACHE where the lock cannot be written", async () => {
    await Deno.mkdir(join(cache, "tensorflow.lock"), { recursive: true });
    await assert.rejects(findLibrary(options(copyPython)), {
      name: "UserError",
      message: /^Cannot lock .* must be writable.*TENFOLD_CACHE/s,
    });
  });

  it("downloads nothing on a platform that has no published library", async () => {
    const platform = { ...SUPPORTED, libc: "musl" } as const;
    await assert.rejects(
      findLibrary({ ...options(copyPython), platform }),
      /glibc: current platform is linux on x86_64 with musl/,
    );
    assert.throws(() => Deno.statSync(cache), Deno.errors.NotFound);
  });

  it("prefers a library that is named, by its folder or by a file in it", async () => {
    const own = join(folder, "own");
    await Deno.mkdir(own);
    for (const [name, bytes] of fixture.contents) {
      await Deno.writeFile(join(own, name), bytes);
    }
    for (const library of [own, join(own, "libtensorflow_cc.so.2")]) {
      assert.equal(await findLibrary({ ...options(), library }), own);
    }
    assert.deepEqual(locateLibrary({ ...options(), library: own }), {
      folder: own,
      source: "TENFOLD_TENSORFLOW",
    });
  });

  it("refuses a named folder or file that is not the library", async () => {
    for (const library of [folder, join(folder, "absent"), fixture.path]) {
      await assert.rejects(
        findLibrary({ ...options(copyPython), library }),
        (error: Error) =>
          error instanceof UserError &&
          error.message.includes(`current value is ${library}`),
      );
    }
  });
});

describe("requirePlatform", () => {
  it("accepts Linux on x86_64 with glibc and AVX", () => {
    requirePlatform(SUPPORTED);
  });

  for (
    const [difference, message] of [
      [
        { os: "darwin", arch: "aarch64", libc: "none" },
        /current platform is darwin on aarch64\./,
      ],
      [{ arch: "aarch64" }, /current platform is linux on aarch64\./],
      [{ libc: "musl" }, /current platform is linux on x86_64 with musl\./],
      [{ avx: false }, /processor must have AVX/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(difference)} and names the ways out`, () => {
      const platform = { ...SUPPORTED, ...difference };
      assert.throws(() => requirePlatform(platform), message);
      assert.throws(
        () => requirePlatform(platform),
        /TENFOLD_TENSORFLOW=.*--backend cpu/s,
      );
    });
  }
});

describe("currentPlatform", () => {
  it("agrees with what Deno was built for", () => {
    const { os, arch, libc } = currentPlatform();
    assert.deepEqual([os, arch], [Deno.build.os, Deno.build.arch]);
    assert.equal(libc === "none", os !== "linux");
  });
});

/** Path of the first file below a folder that matches, as soon as it has some bytes. */
async function appears(
  folder: string,
  pattern: RegExp,
  bytes = 0,
): Promise<string> {
  let path: string | undefined;
  await waitFor(() => (path = find(folder, pattern, bytes)) !== undefined);
  return path!;
}

function find(
  folder: string,
  pattern: RegExp,
  bytes: number,
): string | undefined {
  try {
    for (const entry of Deno.readDirSync(folder)) {
      const path = join(folder, entry.name);
      const found = entry.isDirectory
        ? find(path, pattern, bytes)
        : pattern.test(path) && Deno.statSync(path).size >= bytes
        ? path
        : undefined;
      if (found) return found;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `not within 20 s: ${condition}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** A zombie has ended too: whoever inherited it need not have noticed yet. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { unpack } from "./install.ts";
import { downloadWheel } from "./pip.ts";
import {
  fakePython,
  makeWheel,
  type WheelFixture,
} from "./testdata/wheel_fixture.ts";

/** What pip 23 and 25 write in these situations, shortened. */
const failures: readonly { stderr: string; message: RegExp }[] = [
  {
    stderr:
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<x>: " +
      "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n" +
      "ERROR: No matching distribution found for tensorflow-cpu==2.21.0",
    message:
      /package index must be reachable: pip says "\[Errno -3\] Temporary failure in name resolution"/,
  },
  {
    stderr:
      "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    message: /disk must have space left.*TENFOLD_CACHE/s,
  },
  {
    stderr:
      "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n" +
      `        Expected sha256 ${"a".repeat(64)}\n` +
      `             Got        ${"b".repeat(64)}`,
    message: /sha256 must be the pinned one: current value is b{64}/,
  },
  {
    stderr: "ERROR: No matching distribution found for tensorflow-cpu==2.21.0",
    message:
      /pip must succeed: it says "ERROR: No matching distribution found for tensorflow-cpu==2.21.0"/,
  },
  { stderr: "", message: /pip must succeed: it says "nothing"/ },
];

describe("a wheel", () => {
  let folder: string;
  let fixture: WheelFixture;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    fixture = await makeWheel(folder);
  });

  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });

  describe("downloadWheel", () => {
    async function download(
      python: readonly string[],
      onBytes = (_bytes: number) => {},
    ): Promise<string> {
      const work = await Deno.makeTempDir({ dir: folder });
      return downloadWheel(fixture.wheel, work, { python, onBytes });
    }

    it("asks pip for the pinned wheel, by its hash, and returns its path", async () => {
      const python = join(folder, "records");
      await Deno.writeTextFile(
        python,
        `#!/bin/sh
       shift 2
       echo "$@" > '${folder}/arguments'
       while [ "$1" != -r ]; do shift; done
       cp "$2" '${folder}/requirements'
       cp '${fixture.path}' "$4"`,
        { mode: 0o755 },
      );
      const path = await download([python]);
      assert.deepEqual(
        await Deno.readFile(path),
        await Deno.readFile(fixture.path),
      );
      assert.equal(
        await Deno.readTextFile(join(folder, "requirements")),
        `tensorflow-cpu==2.21.0 --hash=sha256:${fixture.wheel.sha256}\n`,
      );
      const given = await Deno.readTextFile(join(folder, "arguments"));
      assert.match(given, /^download .*--no-deps --only-binary=:all:/);
      assert.match(
        given,
        /--python-version 3.12 --platform manylinux_2_27_x86_64 --require-hashes/,
      );
    });

    it("reports the bytes in pip's own temporary folder as they arrive", async () => {
      const python = await fakePython(
        folder,
        "slow",
        `mkdir "$TMPDIR/pip-unpack-x"
       head -c 1000 '${fixture.path}' > "$TMPDIR/pip-unpack-x/a.whl"
       sleep 0.7
       mv "$TMPDIR/pip-unpack-x/a.whl" "$TARGET"`,
      );
      const seen: number[] = [];
      await download([python], (bytes) => seen.push(bytes));
      assert.ok(seen.includes(1000), `${seen}`);
    });

    for (const { stderr, message } of failures) {
      it(`explains: ${stderr.split("\n").at(-1) || "silence"}`, async () => {
        const python = await fakePython(
          folder,
          "fails",
          `cat >&2 <<'END'\n${stderr}\nEND\nexit 1`,
        );
        await assert.rejects(download([python]), (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          return true;
        });
      });
    }

    it("tells a missing pip from a missing Python", async () => {
      // Without its site folders Python finds no pip.
      const bare = join(folder, "bare");
      await Deno.writeTextFile(bare, '#!/bin/sh\nexec python3 -S "$@"\n', {
        mode: 0o755,
      });
      await assert.rejects(download([bare]), /pip is needed: .*bare has none/);
      await assert.rejects(
        download(["no-python3", "no-python"]),
        /Python 3 with pip is needed: found none of no-python3, no-python/,
      );
    });

    it("goes on to the next command if one is missing, a shim, or has no pip", async () => {
      const shim = await fakePython(folder, "shim", "exit 127");
      const bare = await fakePython(
        folder,
        "bare",
        "echo 'ImportError: No module named pip' >&2; exit 1",
      );
      const good = await fakePython(
        folder,
        "good",
        `cp '${fixture.path}' "$TARGET"`,
      );
      assert.match(await download(["no-python", shim, bare, good]), /\.whl$/);
    });
  });

  describe("unpack", () => {
    const member = "tensorflow/libtensorflow_cc.so.2";
    const file = "libtensorflow_cc.so.2";

    it("writes the members asked for, and counts their bytes", async () => {
      const totals: number[] = [];
      await unpack(fixture.path, [[member, join(folder, file)]], {
        onBytes: (total) => totals.push(total),
      });
      const expected = fixture.contents.get(file);
      assert.deepEqual(await Deno.readFile(join(folder, file)), expected);
      assert.equal(totals.at(-1), expected?.length);
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assert.equal(names.length, 2, `${names}`);
    });

    it("refuses a zip file without the member", async () => {
      await assert.rejects(
        unpack(fixture.path, [["tensorflow/other.so", join(folder, file)]]),
        /must hold tensorflow\/other\.so/,
      );
    });

    it("notices a damaged member", async () => {
      const bytes = await Deno.readFile(fixture.path);
      const middle = bytes.length - 10_000;
      bytes[middle] = bytes[middle]! ^ 1;
      await Deno.writeFile(fixture.path, bytes);
      await assert.rejects(
        unpack(fixture.path, [[member, join(folder, file)]]),
      );
    });

    it("passes on that the disk is full, with the system's code", async () => {
      await Deno.symlink("/dev/full", join(folder, file));
      await assert.rejects(
        unpack(fixture.path, [[member, join(folder, file)]]),
        {
          code: "ENOSPC",
        },
      );
    });
  });
});

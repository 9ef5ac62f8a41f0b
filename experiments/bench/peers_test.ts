import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerVersions } from "./child.ts";

const { signal } = new AbortController();

describe("peerVersions", () => {
  let folder: string;
  beforeAll(() => folder = mkdtempSync(join(tmpdir(), "bench-")));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A program in the place of Python. */
  function fake(script: string): string {
    const file = join(folder, "python");
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  it("reads what a Python prints of its libraries", async () => {
    const versions = { python: "3.12.1", torch: "2.15.0", jax: "0.10.2" };
    const python = fake(`echo '${JSON.stringify(versions)}'`);
    assert.deepEqual(await peerVersions(python, signal), versions);
  });

  const refused: [string, () => string, RegExp][] = [
    ["is not there", () => "/nowhere/python", /is \/nowhere\/python \(/],
    [
      "lacks a library",
      () => fake('echo "ModuleNotFoundError: No module named jax" >&2; exit 1'),
      /\(ModuleNotFoundError: No module named jax\)$/,
    ],
    ["ends without a word", () => fake("exit 3"), /an end with code 3/],
    ["prints something else", () => fake("echo hello"), /\(hello\)$/],
  ];
  for (const [what, python, message] of refused) {
    it(`refuses a Python that ${what}`, async () => {
      await assert.rejects(peerVersions(python(), signal), {
        name: "UserError",
        message: new RegExp(
          `^Cannot time peers as --peers must name .*${message.source}`,
        ),
      });
    });
  }
});

describe("deno task bench", () => {
  it("ends with code 2 and one line if there are no peers", async () => {
    const script = new URL("../bench.ts", import.meta.url).href;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, "--peers", "/nowhere/python"],
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.match(text, /^Cannot time peers .*\n$/);
    assert.deepEqual([code, stdout.length], [2, 0]);
  });
});

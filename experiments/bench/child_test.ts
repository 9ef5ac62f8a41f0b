import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { peerVersions } from "./peers.ts";

const SERVE = new URL("child.ts", import.meta.url).href;
const PEERS = fileURLToPath(new URL("peers", import.meta.url));

/** A child of Deno's that runs `script`; `serve` is its end. */
function denoCommand(script: string) {
  return {
    purpose: "an example",
    file: Deno.execPath(),
    args: [
      "eval",
      `import { answerRequests as serve } from "${SERVE}";\n${script}`,
    ],
  };
}

/** A child of Python's whose steps are given; it needs nothing but Python itself. */
function pythonCommand(steps: string) {
  const script = [
    "import sys",
    `sys.path.insert(0, ${JSON.stringify(PEERS)})`,
    "from serve import read_order, serve",
    "workload, variants = read_order()",
    `serve(${steps})`,
  ].join("\n");
  const order = JSON.stringify({ workload: {}, variants: [] });
  return {
    purpose: "an example",
    file: "python3",
    args: ["-c", script, order],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  };
}

describe("Child", () => {
  it("waits until it is ready and answers every request", async () => {
    const { signal } = new AbortController();
    const command = denoCommand(
      "await serve(async () => ({ number }) => number + 1);",
    );
    const child = await Child.start(command, signal);
    assert.equal(await child.ask({ number: 1 }), 2);
    assert.equal(await child.ask({ number: 41 }), 42);
    await child.close();
  });

  it("tells why it ended before it was ready", async () => {
    const { signal } = new AbortController();
    const command = denoCommand(
      'await serve(async () => { throw new Error("no luck"); });',
    );
    await assert.rejects(Child.start(command, signal), {
      name: "UserError",
      message:
        /^Cannot time an example as .*current value is its end with code 1 \(.*no luck\)$/,
    });
  });

  it("tells why it ended instead of answering", async () => {
    const { signal } = new AbortController();
    const command = denoCommand(
      'await serve(async () => () => Deno.kill(Deno.pid, "SIGKILL"));',
    );
    const child = await Child.start(command, signal);
    await assert.rejects(child.ask({}), {
      name: "UserError",
      message: /its end with SIGKILL/,
    });
    await child.close();
  });

  it("tells that a program is none", async () => {
    const { signal } = new AbortController();
    const command = { purpose: "an example", file: "/nowhere", args: [] };
    await assert.rejects(Child.start(command, signal), {
      name: "UserError",
      message: /^Cannot start \/nowhere/,
    });
  });

  it("ends at once when the benchmark is interrupted", async () => {
    const interruption = new AbortController();
    const command = denoCommand(
      "await serve(async () => () => new Promise(() => setInterval(() => {}, 1000)));",
    );
    const child = await Child.start(command, interruption.signal);
    const answer = child.ask({});
    interruption.abort();
    await assert.rejects(answer, /its end with SIGKILL/);
    await child.close();
  });
});

describe("a peer's script", () => {
  it("takes steps for a while and keeps what libraries print out of its answers", async () => {
    const { signal } = new AbortController();
    const noisy = '[lambda: 1.0, lambda: print("noise") or 1.0]';
    const child = await Child.start(pythonCommand(noisy), signal);
    for (const variant of [0, 1]) {
      const slice = await child.ask<Record<string, number>>({
        variant,
        seconds: 0.02,
      });
      assert.ok(slice.steps! >= 3);
      assert.ok(slice.seconds! >= 0.02);
      assert.ok(slice.peakMemory! > 1e6);
    }
    await child.close();
  });

  it("refuses a loss that is no number", async () => {
    const { signal } = new AbortController();
    const command = pythonCommand('[lambda: float("nan")]');
    // Its first steps are taken as it starts.
    await assert.rejects(Child.start(command, signal), {
      message: /code 1 \(ValueError: The loss is nan\)/,
    });
  });
});

describe("peerVersions", () => {
  const { signal } = new AbortController();
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
    const script = new URL("bench.ts", import.meta.url).href;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, "--peers", "/nowhere/python"],
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.match(text, /^Cannot time peers .*\n$/);
    assert.deepEqual([code, stdout.length], [2, 0]);
  });
});

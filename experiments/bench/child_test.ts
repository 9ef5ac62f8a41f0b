import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child, finished, programPath, withChildren } from "./child.ts";
import { peerVersions } from "./peers.ts";
import { LEAST_STEPS, type TimedSlice } from "./variant.ts";

const { signal } = new AbortController();

/** A child of Deno's that is prepared by a script. */
function denoCommand(prepare: string) {
  const module = new URL("child.ts", import.meta.url).href;
  const script = `import { answerRequests } from "${module}";
    await answerRequests(async () => ${prepare});`;
  return {
    purpose: "an example",
    file: Deno.execPath(),
    args: ["eval", script],
  };
}

/** A child of Python's whose steps are given; it needs nothing but Python itself. */
function pythonCommand(steps: string) {
  const script = [
    "import sys",
    `sys.path.insert(0, ${JSON.stringify(programPath("peers"))})`,
    "from serve import read_order, serve",
    "workload, variants = read_order()",
    `serve(${steps})`,
  ].join("\n");
  const order = JSON.stringify({ workload: {}, variants: [] });
  return {
    ...{ purpose: "an example", file: "python3", args: ["-c", script, order] },
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  };
}

describe("Child", () => {
  it("waits until it is ready and answers every request", async () => {
    const command = denoCommand("({ number }) => number + 1");
    const child = await Child.start(command, signal);
    assert.equal(await child.ask({ number: 1 }), 2);
    assert.equal(await child.ask({ number: 41 }), 42);
    await child.close();
  });

  it("tells why it ended before it was ready", async () => {
    const command = denoCommand('{ throw new Error("no luck"); }');
    await assert.rejects(Child.start(command, signal), {
      name: "UserError",
      message:
        /^Cannot time an example as .*current value is its end with code 1 \(.*no luck\)$/,
    });
  });

  it("tells why it ended instead of answering", async () => {
    const command = denoCommand('() => Deno.kill(Deno.pid, "SIGKILL")');
    const child = await Child.start(command, signal);
    await assert.rejects(child.ask({}), {
      name: "UserError",
      message: /its end with SIGKILL/,
    });
    await child.close();
  });

  it("tells that a program is none", async () => {
    const command = { purpose: "an example", file: "/nowhere", args: [] };
    await assert.rejects(Child.start(command, signal), {
      name: "UserError",
      message: /^Cannot start \/nowhere/,
    });
  });

  it("ends at once when the benchmark is interrupted", async () => {
    const interruption = new AbortController();
    const command = denoCommand(
      "() => new Promise(() => setInterval(() => {}, 1000))",
    );
    const answer = withChildren(
      [command],
      { signal: interruption.signal },
      async ([child]) => {
        const answer = child!.ask({});
        interruption.abort();
        return await answer;
      },
    );
    await assert.rejects(answer, /its end with SIGKILL/);
  });

  it("does not begin after an interruption", async () => {
    const command = denoCommand("() => 1");
    await assert.rejects(
      Child.start(command, AbortSignal.abort()),
      /its end with SIGKILL/,
    );
  });
});

describe("finished", () => {
  it("bears to be interrupted when the process has ended, and its output has not", async () => {
    const module = new URL("child.ts", import.meta.url).href;
    const script = `import { finished } from "${module}";
      const signal = AbortSignal.timeout(1000);
      const { code } = await finished("sh", ["-c", "sleep 2 & exit 3"], { signal });
      console.log(code);`;
    // In a process of its own, which an error in a listener would end.
    const { stdout, stderr } = await finished(Deno.execPath(), [
      "eval",
      script,
    ]);
    assert.equal(stdout, "3\n", stderr);
  });
});

describe("a peer's script", () => {
  it("takes steps for a while and keeps what libraries print out of its answers", async () => {
    const noisy = '[lambda: 1.0, lambda: print("noise") or 1.0]';
    const child = await Child.start(pythonCommand(noisy), signal);
    for (const variant of [0, 1]) {
      const request = { variant, seconds: 0.02 };
      const { steps, seconds } = await child.ask<TimedSlice>(request);
      assert.ok(steps >= LEAST_STEPS && seconds >= 0.02);
    }
    await child.close();
  });

  it("refuses a loss that is no number", async () => {
    // Its first steps are taken as it starts.
    const start = Child.start(pythonCommand('[lambda: float("nan")]'), signal);
    await assert.rejects(start, {
      message: /code 1 \(ValueError: The loss is nan\)/,
    });
  });
});

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
    it(`refuses a Python that ${what}`, () =>
      assert.rejects(peerVersions(python(), signal), {
        name: "UserError",
        message: new RegExp(
          `^Cannot time peers as --peers must name .*${message.source}`,
        ),
      }));
  }
});

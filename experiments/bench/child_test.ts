import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";

const SERVE = new URL("serve.ts", import.meta.url).href;
const PEERS = fileURLToPath(new URL("peers", import.meta.url));

/** A child of Deno's that runs `script`; `serve` is imported. */
function denoCommand(script: string) {
  return {
    purpose: "an example",
    file: Deno.execPath(),
    args: ["eval", `import { serve } from "${SERVE}";\n${script}`],
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
    const child = await Child.start(
      pythonCommand('[lambda: float("nan")]'),
      signal,
    );
    await assert.rejects(child.ask({ variant: 0, seconds: 0 }), {
      message: /code 1 \(ValueError: The loss is nan\)/,
    });
    await child.close();
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

describe("deno task conformance", () => {
  it("runs the specs of the filter on TensorFlow", async () => {
    const { code, lines } = await run("--filter", "round test-tensorflow {}");
    assert.match(lines.at(-2)!, /^TensorFlow 2\.\d+\.\d+: [1-9]\d* ops/);
    assert.equal(lines.at(-1), "10 passed, 0 failed");
    assert.equal(code, 0);
  });

  it("fails if the filter leaves no spec", async () => {
    const { code, lines } = await run("--filter", "no spec has this name");
    assert.equal(lines.at(-1), "0 passed, 1 failed");
    assert.equal(code, 1);
  });

  it("refuses a flag that it does not know, and a filter without text", async () => {
    for (const args of [["--fliter", "round"], ["round"], ["--filter"]]) {
      const { code, lines, errors } = await run(...args);
      assert.match(errors, /^Cannot .* as .*--filter.*: current value is/);
      assert.deepEqual({ code, lines }, { code: 2, lines: [""] });
    }
  });
});

async function run(...args: string[]) {
  const script = fileURLToPath(import.meta.resolve("./conformance.ts"));
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return {
    code,
    lines: decoder.decode(stdout).trimEnd().split("\n"),
    errors: decoder.decode(stderr),
  };
}

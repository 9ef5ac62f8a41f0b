import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Command, run } from "./cli.ts";

const { signal } = new AbortController();

function recording(): { command: Command; seen: unknown[] } {
  const seen: unknown[] = [];
  const leaf: Command = {
    summary: "Records its flags.",
    flags: { name: { value: "NAME", help: "a name" } },
    run(values) {
      seen.push(values);
      return 1;
    },
  };
  return {
    command: { summary: "All.", of: "command", commands: { leaf } },
    seen,
  };
}

describe("run", () => {
  it("follows the words to a command and returns its exit code", async () => {
    const { command, seen } = recording();
    assert.equal(
      await run("tool", command, ["leaf", "--name", "x"], signal),
      1,
    );
    assert.deepEqual(seen, [{ name: "x" }]);
  });
  it("refuses an unknown word and a word too many", async () => {
    const { command, seen } = recording();
    await assert.rejects(
      run("tool", command, ["laef"], signal),
      /Did you mean leaf\?/,
    );
    await assert.rejects(run("tool", command, ["leaf", "x"], signal), {
      name: "UserError",
      message: /takes flags only: current value is x/,
    });
    assert.deepEqual(seen, []);
  });
  it("shows help instead of running", async () => {
    const { command, seen } = recording();
    assert.equal(await run("tool", command, ["leaf", "--help"], signal), 0);
    assert.equal(await run("tool", command, ["--help"], signal), 0);
    assert.equal(await run("tool", command, [], signal), 2);
    assert.deepEqual(seen, []);
  });
});

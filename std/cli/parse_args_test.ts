import { parseArgs } from "@std/cli/parse-args";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

describe("parseArgs", () => {
  const options = {
    string: ["name", "rate"],
    boolean: ["fresh", "color"],
    collect: ["rate"],
    alias: { n: "name" },
  } as const;
  it("reads declared flags and positionals", () => {
    const args = parseArgs([
      "run",
      "--name=a",
      "--fresh",
      "--rate",
      "1",
      "--rate",
      "2",
    ], options);
    assert.deepEqual(args, {
      _: ["run"],
      name: "a",
      fresh: true,
      color: false,
      rate: ["1", "2"],
    });
  });
  it("keeps a number as the string it was typed as, a negative one too", () => {
    assert.equal(parseArgs(["--name=-1e-3"], options).name, "-1e-3");
  });
  it("follows aliases, and keeps a default that is not overridden", () => {
    const args = parseArgs(["-n", "b"], {
      ...options,
      default: { color: true },
    });
    assert.deepEqual([args.name, args.color, args.fresh], ["b", true, false]);
  });
  it("hands what is not declared to unknown", () => {
    const seen: string[] = [];
    parseArgs(["--bogus", "x"], {
      ...options,
      unknown: (arg) => (seen.push(arg), false),
    });
    assert.deepEqual(seen, ["--bogus", "x"]);
  });
});

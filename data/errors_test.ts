import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { requireKnown, storageError } from "./errors.ts";

describe("requireKnown", () => {
  const known = ["fashion-mnist", "cifar-10"] as const;
  it("returns a known name", () =>
    assert.equal(requireKnown("set", "cifar-10", known), "cifar-10"));
  it("suggests the nearest of the known ones", () => {
    assert.throws(() => requireKnown("set", "cifar10", known), {
      name: "UserError",
      message:
        "Cannot go on as the set must be one of fashion-mnist, cifar-10: " +
        "current value is cifar10. Did you mean cifar-10?",
    });
  });
  it("refuses everything where nothing is known", () => {
    assert.throws(() => requireKnown("flag", "--x", []), {
      message: /one of none/,
    });
  });
  it("suggests nothing where nothing is near", () => {
    assert.throws(() => requireKnown("set", "imagenet", known), {
      message: /is imagenet$/,
    });
  });
});

describe("storageError", () => {
  it("says in one line that the disk is full", () => {
    using full = Deno.openSync("/dev/full", { write: true });
    try {
      full.writeSync(new Uint8Array(1));
      assert.fail("a full device took a byte");
    } catch (error) {
      assert.equal(
        storageError("write the file", "a.jsonl", error).message,
        "Cannot write the file as the disk must have room left: current value is a.jsonl (No space left on device (os error 28))",
      );
    }
  });
});

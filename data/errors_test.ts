import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { requireKnown } from "./errors.ts";

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { textsWithResults } from "./results.ts";

describe("the scripts' heads and the README", () => {
  it("say what the published studies found: deno run -A results.ts", async () => {
    for (const [path, text] of await textsWithResults()) {
      assert.equal(readFileSync(path, "utf8"), text);
    }
  });
});

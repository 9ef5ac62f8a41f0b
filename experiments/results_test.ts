import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { scriptsWithResults } from "./results.ts";

describe("the scripts' heads", () => {
  it("say what the published study found: deno run -A experiments/results.ts", async () => {
    for (const [path, text] of await scriptsWithResults()) {
      assert.equal(readFileSync(path, "utf8"), text);
    }
  });
});

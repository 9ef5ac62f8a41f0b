import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { formatBytes } from "./progress.ts";

describe("formatBytes", () => {
  for (
    const [bytes, text] of [
      [0, "0 B"],
      [999, "999 B"],
      [1_000, "1 kB"],
      [274_000_871, "274 MB"],
      [1_127_309_807, "1.13 GB"],
      [2e18, "2000000 TB"],
    ] as const
  ) {
    it(`writes ${bytes} as ${text}`, () => {
      assert.equal(formatBytes(bytes), text);
    });
  }
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileChecksum } from "./files.ts";
import { scratchFolder } from "./sets/testdata/scratch_folder.ts";

describe("fileChecksum", () => {
  const scratch = scratchFolder();
  it("gives the digests that the standards publish", async () => {
    const path = join(scratch.path, "file");
    await Deno.writeTextFile(path, "abc");
    // The test suites of RFC 1321 and FIPS 180-2.
    assert.equal(
      await fileChecksum(path, "md5"),
      "md5:900150983cd24fb0d6963f7d28e17f72",
    );
    assert.equal(
      await fileChecksum(path, "sha256"),
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
  it("takes in files of more than one piece", async () => {
    const path = join(scratch.path, "file");
    // A million times the letter a: FIPS 180-2, appendix B.3.
    await Deno.writeTextFile(path, "a".repeat(1e6));
    assert.equal(
      await fileChecksum(path, "sha256"),
      "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    );
  });
});

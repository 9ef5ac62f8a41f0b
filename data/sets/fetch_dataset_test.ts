import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FETCHABLE, fetchDataset } from "./fetch.ts";
import { serveFiles } from "./testdata/file_server.ts";
import { scratchFolder } from "./testdata/scratch_folder.ts";

describe("fetchDataset", () => {
  scratchFolder();
  it("knows the two published sets", () => {
    assert.deepEqual(FETCHABLE, ["fashion-mnist", "cifar-10"]);
  });
  const cases = [
    {
      name: "fashion-mnist",
      path: "/fashion-mnist/train-images-idx3-ubyte.gz",
      checksum: /must be sha256:3aede38d61863908/,
    },
    {
      name: "cifar-10",
      path: "/cifar-10-binary.tar.gz",
      checksum: /must be md5:c32a1d4ab5d03f12/,
    },
  ];
  for (const { name, path, checksum } of cases) {
    it(`asks a mirror for ${name} by its usual name, and takes no other file for it`, async () => {
      await using server = serveFiles({ [path]: Uint8Array.of(1) });
      await assert.rejects(fetchDataset(name, { mirror: server.url }), {
        name: "UserError",
        message: checksum,
      });
      assert.deepEqual(server.requests.map((request) => request.path), [path]);
    });
  }
  it("says what can be fetched where the name is another", async () => {
    for (const name of ["fashion-mnist-subset", "folder", "mnist"]) {
      await assert.rejects(fetchDataset(name), {
        name: "UserError",
        message: new RegExp(
          `one of fashion-mnist, cifar-10: current value is "${name}"`,
        ),
      });
    }
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { loadFashionMnistSubset, SUBSET_FOLDER } from "../fashion_mnist.ts";
import { scratchFolder } from "../testdata/scratch_folder.ts";
import { embed, takeTurns } from "./make.ts";

describe("takeTurns", () => {
  it("takes from each class in file order, one class after the other", () => {
    const split = {
      images: Uint8Array.of(10, 11, 12, 13, 14, 15, 16),
      labels: Uint8Array.of(1, 1, 0, 1, 0, 0, 1),
      size: 7,
    };
    assert.deepEqual([...takeTurns(split, 0, 2).images], [12, 10, 14, 11]);
    assert.deepEqual([...takeTurns(split, 2, 3).images], [15, 13]);
  });
});

describe("embed", () => {
  const scratch = scratchFolder();
  it("writes the embedded files byte for byte", async () => {
    // The subset's classes take turns already, so that it is a fixed point of the rule.
    const { train, validation, test } = await loadFashionMnistSubset();
    await embed({ train, validation, test }, scratch.path);
    for (const { name } of Deno.readDirSync(scratch.path)) {
      assert.deepEqual(
        await Deno.readFile(join(scratch.path, name)),
        await Deno.readFile(join(SUBSET_FOLDER, name)),
      );
    }
  });
});

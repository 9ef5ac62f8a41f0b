import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseSkipList, readSkipList } from "./specs.ts";

describe("parseSkipList", () => {
  it("takes the strings of the list and leaves its comments", () => {
    const script = `
var other = ['no'];
var IGNORE_LIST = [
    // It doesn't work, 'quoted' or not:
    'bitwiseAnd',
    'maxPool {} x=[2,2,3] f=[2,2] // s=3',
];
if (windows) {
    IGNORE_LIST.push('no');
}`;
    assert.deepEqual(parseSkipList(script), [
      "bitwiseAnd",
      "maxPool {} x=[2,2,3] f=[2,2] // s=3",
    ]);
  });

  it("refuses a script without the list, or with an empty one", () => {
    const message = /Cannot read the list of skipped specs/;
    assert.throws(() => parseSkipList("var x = ['a'];"), message);
    assert.throws(() => parseSkipList("var IGNORE_LIST = [\n];"), message);
  });
});

describe("readSkipList", () => {
  it("finds the list in the package, first to last", async () => {
    const list = await readSkipList();
    assert.equal(list[0], "bitwiseAnd");
    assert.equal(
      list.at(-1),
      "tan test-tensorflow {} numbers exceed float32 precision",
    );
    assert.ok(list.every((name) => name.trim().length > 0));
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  decodeColumns,
  encodeColumns,
  type Row,
  shareRows,
} from "./columns.ts";

const tables: Readonly<Record<string, readonly Row[]>> = {
  "no rows": [],
  "one row": [{ arm: "sing", loss: 0.4 }],
  "a value for all": [{ arm: "sing" }, { arm: "sing" }, { arm: "sing" }],
  "values that repeat and values that do not": [1, 2, 3, 4, 5].map((seed) => ({
    arm: seed % 2 ? "sing" : "adamw",
    seed,
    dirty: seed > 2,
    loss: seed === 3 ? null : seed / 7,
  })),
  "names and values that mean something to JavaScript": [
    JSON.parse('{"__proto__":"toString","constructor":"</script>"}'),
    JSON.parse('{"__proto__":"x","constructor":"__proto__"}'),
  ],
};

describe("columns", () => {
  for (const [what, rows] of Object.entries(tables)) {
    it(`give back ${what}, through JSON`, () => {
      const json = JSON.stringify(encodeColumns(rows));
      assert.deepEqual(decodeColumns(JSON.parse(json)), rows);
    });
  }

  it("have null where a row lacks what another has", () => {
    const rows = decodeColumns(encodeColumns([{ a: 1 }, { b: 2 }]));
    assert.deepEqual(rows, [{ a: 1, b: null }, { a: null, b: 2 }]);
  });

  it("write a value that repeats once", () => {
    const arm = "an optimizer with a long name";
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      arm: `${arm} ${i % 2}`,
    }));
    const json = JSON.stringify(encodeColumns(rows));
    assert.ok(json.length < 2200, `${json.length} characters`);
  });
});

describe("shareRows", () => {
  it("keeps equal rows once, and knows which row had none", () => {
    const rows = [{ a: 1 }, null, { a: 2 }, { a: 1 }];
    assert.deepEqual(shareRows(rows), {
      shared: [{ a: 1 }, { a: 2 }],
      places: [0, null, 1, 0],
    });
  });
});

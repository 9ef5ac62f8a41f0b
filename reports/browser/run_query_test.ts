import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { formatQuery, parseQuery, type RunQuery } from "./run_query.ts";

const all: RunQuery = { text: "", only: {}, descending: false };

const queries: readonly RunQuery[] = [
  all,
  { ...all, text: "a&b=c #d" },
  { ...all, only: { state: "failed", dataset: "Fashion-MNIST subset" } },
  { ...all, sort: "loss" },
  { text: "x", only: { arm: "SING" }, sort: "seed", descending: true },
];

describe("an address of runs", () => {
  for (const query of queries) {
    const hash = formatQuery(query);
    it(`#${hash} gives back its query`, () => {
      assert.deepEqual(parseQuery(`#${hash}`, ["loss", "seed"]), query);
    });
  }

  it("is empty for all runs", () => assert.equal(formatQuery(all), ""));

  it("leads to all runs where it makes no sense", () => {
    const hashes = [
      "",
      "#main",
      "#sort=origin&order=descending",
      "#%zz&__proto__=x",
    ];
    for (const hash of hashes) {
      assert.deepEqual(parseQuery(hash, ["loss"]), all);
    }
  });
});

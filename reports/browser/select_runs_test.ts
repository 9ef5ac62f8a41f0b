import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { RunLine } from "../run_table.ts";
import { exampleLine } from "../testdata/example_line.ts";
import { type RunQuery, selectRuns } from "./run_query.ts";

const runs = [
  exampleLine({ run: "a", loss: 0.5, model: "ViT, width 64", seed: 10 }),
  exampleLine({ run: "b", loss: null, state: "diverged", seed: 2 }),
  exampleLine({ run: "c", loss: 0.05, arm: "AdamW", model: "ViT, width 192" }),
  exampleLine({ run: "d", loss: 0.5, error: "Out of Memory" }),
];
const select = selectRuns(
  runs,
  (run) => `${run.run} ${run.arm} ${run.state} ${run.error}`,
);

const cases: readonly (readonly [string, Partial<RunQuery>, string])[] = [
  ["all in the order of the plan", {}, "abcd"],
  ["those with a value", { only: { arm: "AdamW" } }, "c"],
  ["those with two values", { only: { arm: "SING", state: "diverged" } }, "b"],
  ["none for a value that does not occur", { only: { arm: "sing" } }, ""],
  ["those with a word, whatever its case", { text: "memory" }, "d"],
  ["those with every word", { text: " SING  finished " }, "ad"],
  ["none where a word is missing", { text: "sing adamw" }, ""],
  ["lowest numbers first, none last", { sort: "loss" }, "cadb"],
  ["highest first, none last", { sort: "loss", descending: true }, "adcb"],
  ["numbers by their size", { sort: "seed" }, "bacd"],
  ["numbers within texts by their size", { sort: "model" }, "bdac"],
  ["texts from the last", { sort: "arm", descending: true }, "abdc"],
  ["what is found, ordered", { text: "sing", sort: "seed" }, "bad"],
];

describe("selectRuns", () => {
  for (const [what, query, expected] of cases) {
    it(`gives ${what}`, () => {
      const found = select({ text: "", only: {}, descending: false, ...query });
      assert.equal(found.map(({ run }: RunLine) => run).join(""), expected);
    });
  }
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readRuns, TABLE_COLUMNS } from "./browser/browse_runs.ts";
import {
  decodeColumns,
  encodeColumns,
  type FlatRow,
  shareRows,
} from "./columns.ts";
import { gatherContent } from "./content.ts";
import { packRuns } from "./run_table.ts";
import {
  type Example,
  exampleSites,
  exampleStudy,
  memoryStore,
} from "./testdata/studies.ts";

describe("packRuns", () => {
  it("has a line for each planned run, in the plans' order", () => {
    const examples = exampleSites["two workloads"] ?? [];
    const { runs } = throughJson(examples);
    assert.deepEqual(
      runs.map(({ run }) => run),
      examples.flatMap(({ study }) => study.cases.map(({ runId }) => runId)),
    );
    const [first] = runs;
    assert.equal(first?.dataset, "Fashion-MNIST subset");
    assert.equal(first?.arm, "SING");
    assert.equal(first?.started, Date.UTC(2024, 4, 1, 10) / 1000);
  });

  it("keeps a run's numbers to five digits, and none that is not finite", () => {
    const { runs } = throughJson([exampleStudy({ seeds: 1 })]);
    const { study, runs: stored } = exampleStudy({ seeds: 1 });
    assert.equal(runs.length, study.cases.length);
    for (const [i, { loss, state }] of runs.entries()) {
      const exact = stored[i]?.summary.finalLoss ?? NaN;
      if (state === "diverged") assert.equal(loss, null);
      else assert.ok(Math.abs((loss ?? NaN) - exact) <= 5e-5 * exact);
    }
    assert.ok(runs.some(({ state }) => state === "diverged"));
  });

  it("has the plan of a run that is not there, and no origin", () => {
    const { runs, describe } = throughJson([
      exampleStudy({ outcome: () => null }),
    ]);
    const [first] = runs;
    assert.ok(first && first.learningRate > 0);
    assert.equal(first.state, "missing");
    assert.deepEqual(describe(first).map(({ title }) => title), ["The run"]);
  });

  it("finds a run's own origin and configuration among those that runs share", () => {
    const other = exampleStudy({
      study: { profile: "standard" },
      config: { "model.depth": 3 },
      provenance: { commit: null, dirty: true },
    });
    const { runs, describe } = throughJson([exampleStudy(), other]);
    const [first, last] = [runs.at(0), runs.at(-1)];
    assert.ok(first && last);
    const depth = (run: typeof first) =>
      factsOf(describe(run)).get("model.depth");
    // The heavier profile stands first.
    assert.deepEqual([depth(first), depth(last)], ["3", undefined]);
    assert.equal(
      factsOf(describe(first)).get("Commit"),
      "outside a checkout, with uncommitted changes",
    );
  });

  for (const [site, examples] of Object.entries(exampleSites)) {
    it(`of ${site} says no number that is not there`, () => {
      const { runs, describe } = throughJson(examples);
      for (const run of runs) {
        const texts = [
          ...TABLE_COLUMNS.map(({ text }) => text(run) ?? ""),
          ...describe(run).flatMap(({ facts }) => facts.flat()),
        ];
        for (const text of texts) {
          assert.doesNotMatch(text, /\b(NaN|undefined|null|Infinity|object)\b/);
          assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
        }
      }
    });
  }
});

/** The runs as the page's script reads them. */
function throughJson(examples: readonly Example[]) {
  const { experiments } = gatherContent(memoryStore(examples));
  return readRuns(JSON.stringify(packRuns(experiments)));
}

function factsOf(
  parts: ReturnType<ReturnType<typeof throughJson>["describe"]>,
): ReadonlyMap<string, string> {
  return new Map(parts.flatMap(({ facts }) => facts));
}

const tables: Readonly<Record<string, readonly FlatRow[]>> = {
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

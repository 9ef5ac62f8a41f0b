import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { RunLine } from "../run_table.ts";
import { exampleLine } from "../testdata/charts.ts";
import {
  describeCount,
  describeRun,
  formatMoment,
  formatQuery,
  orderAfter,
  parseQuery,
  type RunQuery,
  selectRuns,
  TABLE_COLUMNS,
} from "./browse_runs.ts";

describe("runColumns", () => {
  const textsOf = (run: ReturnType<typeof exampleLine>) =>
    TABLE_COLUMNS.map(({ text }) => text(run));

  it("write a run as it is read", () => {
    assert.deepEqual(textsOf(exampleLine()), [
      "01234567",
      "Learning rate",
      "quick",
      "Fashion-MNIST subset",
      "ViT",
      "tune",
      "SING",
      "1e-2",
      "0",
      "2000",
      "finished",
      "0.4123",
      "85.7%",
      "4.3",
      "2024-05-01",
    ]);
  });

  it("write nothing where there is nothing", () => {
    const run = exampleLine({
      profile: "",
      state: "missing",
      loss: null,
      accuracy: null,
      seconds: null,
      started: null,
    });
    const empty = TABLE_COLUMNS.filter(({ text }) => text(run) === undefined);
    assert.deepEqual(
      empty.map(({ name }) => name),
      ["profile", "loss", "accuracy", "seconds", "started"],
    );
  });
});

describe("formatMoment", () => {
  it("is to the minute in UTC, and has a word for what is no date", () => {
    assert.equal(formatMoment(1714557599), "2024-05-01 09:59");
    assert.equal(formatMoment(1e30), "at no date");
  });
});

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

describe("orderAfter", () => {
  it("goes from ascending to descending to the plan's, and begins anew at another column", () => {
    const none = { descending: false };
    const up = { sort: "loss", descending: false } as const;
    const down = { sort: "loss", descending: true } as const;
    assert.deepEqual(orderAfter(none, "loss"), up);
    assert.deepEqual(orderAfter(up, "loss"), down);
    assert.deepEqual(orderAfter(down, "loss"), none);
    assert.deepEqual(orderAfter(down, "seed"), { ...up, sort: "seed" });
  });
});

describe("describeCount", () => {
  const cases:
    readonly (readonly [[number, number, number, number], string])[] = [
      [[1, 1, 0, 1], "1 row."],
      [[10080, 10080, 0, 50], "10,080 rows, 1 to 50 shown."],
      [
        [10080, 1234, 1200, 1234],
        "1,234 of 10,080 rows, 1,201 to 1,234 shown.",
      ],
      [[81, 8, 0, 8], "8 of 81 rows."],
      [[81, 0, 0, 0], "None of 81 rows fits."],
    ];
  for (const [[all, found, from, to], expected] of cases) {
    it(`reads: ${expected}`, () => {
      assert.equal(describeCount(all, found, from, to), expected);
    });
  }
});

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
      assert.deepEqual(parseQuery(`#${hash}`), query);
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
      assert.deepEqual(parseQuery(hash), all);
    }
  });
});

describe("describeRun", () => {
  it("tells how a run ended, where it comes from and how it was configured", () => {
    const origin = { Commit: "0123", TensorFlow: "2.21.0" };
    const config = { schedule: "warmup-cosine", "model.depth": null };
    assert.deepEqual(describeRun(exampleLine(), origin, config), [
      {
        title: "The run",
        facts: [
          ["Id", "0123456789abcdef"],
          ["State", "finished"],
          ["Loss before training", "2.31"],
          ["Training loss, last tenth", "0.430"],
          ["Steps", "1,200"],
          ["Time", "4.3 s"],
          ["Started", "2024-05-01 10:00 UTC"],
          ["Study", "Learning rate: Fashion-MNIST subset, ViT, quick"],
          ["To repeat it", "deno task run learning_rate --profile quick"],
        ],
      },
      {
        title: "Where it comes from",
        facts: [["Commit", "0123"], ["TensorFlow", "2.21.0"]],
      },
      { title: "Configuration", facts: [["schedule", "warmup-cosine"]] },
    ]);
  });

  it("gives the reason of a failure", () => {
    const run = exampleLine({ state: "failed", error: "out of memory" });
    const [first] = describeRun(run, undefined, undefined);
    const facts = new Map(first?.facts);
    assert.equal(facts.get("Reason"), "out of memory");
    assert.equal(facts.get("State"), "failed: it counts nowhere");
  });
});

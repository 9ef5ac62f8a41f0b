import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { noticesOf } from "./notices.ts";
import {
  type Example,
  type ExampleStudy,
  exampleStudy,
} from "./testdata/example_study.ts";
import { workloadOf } from "./workload.ts";

const ten = { seeds: 10 };
const preliminary =
  "note: Preliminary: as few as 3 seeds at a learning rate, where 10 are wanted.";

describe("noticesOf", () => {
  const cases: readonly (readonly [string, ExampleStudy, readonly string[]])[] =
    [
      ["nothing of a whole study with ten seeds", ten, []],
      ["how few seeds there are", {}, [preliminary]],
      ["how few seeds there are, if not as few", { seeds: 5 }, [
        "note: Low power: as few as 5 seeds at a learning rate, where 10 are wanted.",
      ]],
      ["code that was not committed", {
        ...ten,
        provenance: { dirty: true },
      }, ["warning: 180 runs of 180 came from code that was not committed."]],
      ["what must stand beside any result on the data", {
        ...ten,
        provenance: { datasetNotes: ["23 images are left out."] },
      }, ["note: 23 images are left out."]],
      ["what failed, and why", {
        outcome: ({ learningRate }, summary) =>
          learningRate === 1e-4
            ? { ...summary, state: "failed", error: "out of memory" }
            : summary,
      }, ["warning: 3 runs failed: out of memory.", preliminary]],
      ["what is missing", {
        outcome: ({ learningRate }, summary) =>
          learningRate === 1e-4 ? null : summary,
      }, [
        "note: 3 of 54 planned runs are not there yet (AdamW).",
        preliminary,
      ]],
      ["that nothing has run", { outcome: () => null }, [
        "note: 54 of 54 planned runs are not there yet (SING and AdamW).",
      ]],
      ["a lone optimizer", { ...ten, optima: { adamw: -3 } }, [
        "note: Only AdamW was run: there is nothing to compare it with.",
      ]],
      ["an optimizer that always diverged", {
        ...ten,
        outcome: ({ arm }, summary) => ({
          ...summary,
          state: arm === "sing" ? "diverged" : summary.state,
          ...arm === "sing" && { finalLoss: NaN },
        }),
      }, [
        "note: Every run of SING diverged: there is no best learning rate.",
      ]],
      ["no edge where only one learning rate was run", {
        ...ten,
        outcome: ({ arm, learningRate }, summary) =>
          arm === "adamw" && learningRate > 1e-4 ? null : summary,
      }, [
        "note: 80 of 180 planned runs are not there yet (AdamW).",
      ]],
      ["runs without a loss from before training", {
        ...ten,
        outcome: ({ learningRate }, summary) =>
          learningRate === 1e-4 ? { ...summary, initialLoss: NaN } : summary,
      }, [
        "note: 10 runs recorded no loss from before training and count nowhere.",
      ]],
    ];
  for (const [what, options, expected] of cases) {
    it(`tells ${what}`, () => {
      assert.deepEqual(notices(exampleStudy(options)), expected);
    });
  }

  it("warns of runs made by different code, with their counts", () => {
    const { study, runs } = exampleStudy(ten);
    const codeHash = "feed".repeat(16);
    const other = exampleStudy({ ...ten, provenance: { codeHash } }).runs;
    const mixed = runs.map((run, i) => i < 60 ? other[i] ?? run : run);
    assert.deepEqual(notices({ study, runs: mixed }), [
      "warning: The runs were made by different code: 120 runs by c0dec0de and 60 runs by feedfeed. They may not be comparable; --fresh trains them again.",
    ]);
  });

  it("tells a best rate that is the end of what was tried", () => {
    const falling = exampleStudy({
      ...ten,
      outcome: ({ learningRate }, summary) => ({
        ...summary,
        state: "finished",
        finalLoss: 0.4 + learningRate,
        lastTrainLoss: 0.5,
      }),
    });
    assert.deepEqual(notices(falling), [
      "note: AdamW's best, 1e-4, is the lowest rate tried and SING's best, 1e-3, is the lowest rate tried: a better one may lie beyond.",
    ]);
  });

  it("tells that only the scout has run", () => {
    const { study, runs } = exampleStudy(ten);
    const cases = study.cases.map((plan) => ({ ...plan, stage: "scout" }));
    assert.deepEqual(notices({ study: { ...study, cases }, runs }), [
      "note: Only the scout has run so far: it finds where to look, and answers nothing.",
    ]);
  });
});

function notices({ study, runs }: Example): string[] {
  const workload = workloadOf(study, new Map(runs.map((run) => [run.id, run])));
  return noticesOf(workload).map(({ level, text }) => `${level}: ${text}`);
}

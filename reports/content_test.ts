import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gatherContent } from "./content.ts";
import { html } from "./html.ts";
import { noticesOf, siteNotices } from "./notices.ts";
import {
  datasetNotes,
  describeOrigin,
  originsOf,
  sharedConfig,
} from "./provenance.ts";
import { visibleText } from "./testdata/charts.ts";
import {
  type Example,
  type ExampleOptions,
  exampleStudy,
  memoryStore,
  workloadFrom,
} from "./testdata/studies.ts";
import type { StudyRuns } from "./workload.ts";

describe("gatherContent", () => {
  it("has nothing of an empty store", () => {
    assert.deepEqual(gatherContent(memoryStore([])), {
      experiments: [],
      registers: [],
      unreadable: [],
      strayRuns: 0,
    });
  });

  it("has controls first, experiments in the order of their claims, the weightiest profile first", () => {
    const study = (experiment: string, profile: string, model: string) =>
      exampleStudy({
        seeds: 1,
        study: { experiment, profile, model, question: `${profile}?` },
      });
    const { experiments } = gatherContent(memoryStore([
      study("ablation", "quick", "vit"),
      study("controls", "quick", "vit"),
      study("layer_norm", "quick", "vit"),
      study("learning_rate", "homemade", "cnn"),
      study("learning_rate", "quick", "vit"),
      study("learning_rate", "quick", "cnn"),
      study("learning_rate", "standard", "vit"),
    ]));
    assert.deepEqual(
      experiments.map(({ title, question, workloads }) => [
        title,
        question,
        workloads.map(({ study }) => `${study.profile} ${study.model}`),
      ]),
      [
        ["Controls", "quick?", ["quick vit"]],
        ["Learning rate", "standard?", [
          "standard vit",
          "quick cnn",
          "quick vit",
          "homemade cnn",
        ]],
        ["LayerNorm", "quick?", ["quick vit"]],
        ["Ablation", "quick?", ["quick vit"]],
      ],
    );
  });

  it("has wider networks after narrower ones", () => {
    const { experiments: [width] } = gatherContent(memoryStore(
      [128, 16, 64].map((channels) =>
        exampleStudy({
          seeds: 1,
          study: { experiment: "width", model: `cnn-${channels}` },
        })
      ),
    ));
    assert.deepEqual(
      width!.workloads.map(({ study }) => study.model),
      ["cnn-16", "cnn-64", "cnn-128"],
    );
  });

  it("counts runs that no study asks for", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const some = { ...study, cases: study.cases.slice(0, 10) };
    const evidence = gatherContent(memoryStore([{ study: some, runs }]));
    assert.equal(evidence.strayRuns, 8);
  });

  it("names unreadable files by their place in the store", () => {
    const file = { path: "store/runs/x.jsonl", reason: "it is empty" };
    assert.deepEqual(gatherContent(memoryStore([], [file])).unreadable, [
      { path: "runs/x.jsonl", reason: "it is empty" },
    ]);
  });
});

describe("originsOf", () => {
  it("names code, versions, machine and threads", () => {
    const origins = new Map(
      originsOf(workload({ provenance: { dirty: true } })).map((
        { name, values },
      ) => [name, values.map(({ value }) => value).join("; ")]),
    );
    assert.deepEqual(Object.fromEntries(origins), {
      "Commit": "0123456789ab, with uncommitted changes",
      "Code": "c0dec0dec0dec0de",
      "TensorFlow": "2.21.0",
      "TensorFlow.js": "4.22.0",
      "Deno": "2.9.6",
      "Computed by": "tensorflow on cpu, graph steps",
      "Threads": "1 within an operation, 1 between",
      "Processor": "An example processor, 2 cores",
      "System": "linux x86_64",
      "Day": "2024-05-01",
    });
  });

  it("counts the runs of each value where they differ", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const other = exampleStudy({ seeds: 1, provenance: { commit: null } });
    const mixed = { study, runs: [...other.runs, ...runs.slice(0, 6)] };
    const [commit] = originsOf(workloadFrom(mixed));
    assert.deepEqual(commit?.values, [
      { value: "outside a checkout", runs: 12 },
      { value: "0123456789ab", runs: 6 },
    ]);
  });

  it("is empty while nothing has run", () => {
    assert.deepEqual(originsOf(workload({ outcome: () => null })), []);
  });
});

describe("describeOrigin", () => {
  it("has commit and hash of the code in full", () => {
    const { runs: [run] } = exampleStudy({ provenance: { dirty: true } });
    const origin = describeOrigin(run!.header);
    assert.deepEqual(Object.keys(origin).slice(0, 2), ["Commit", "Code"]);
    const { commit } = run!.header.provenance;
    assert.equal(origin.Commit, `${commit}, with uncommitted changes`);
    assert.equal(origin.Code, "c0de".repeat(16));
    assert.equal(origin.TensorFlow, "2.21.0");
    assert.equal(origin.Day, undefined);
  });
});

describe("sharedConfig", () => {
  it("tells what all runs have from what they differ in", () => {
    const { shared, varied } = sharedConfig(workload({}));
    assert.deepEqual(varied, ["seed", "optimizer", "learningRate"]);
    const all = new Map(shared);
    assert.equal(all.get("batchSize"), "100");
    assert.equal(all.get("model.width"), "16");
    assert.ok(!all.has("seed"));
  });

  it("has a word for a value that is null", () => {
    const { shared } = sharedConfig(
      workload({ config: { "model.dropout": null } }),
    );
    assert.equal(new Map(shared).get("model.dropout"), "none");
  });

  it("counts a field that only some runs have among the differences", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const [first, ...others] = runs;
    const { "optimizer.lookahead": _, ...config } = first!.header.config;
    const less = { ...first!, header: { ...first!.header, config } };
    const mixed = workloadFrom({ study, runs: [less, ...others] });
    const { varied } = sharedConfig(mixed);
    assert.ok(varied.includes("optimizer.lookahead"));
  });
});

describe("datasetNotes", () => {
  it("gives each remark once", () => {
    const datasetRemarks = ["23 images are left out."];
    assert.deepEqual(
      datasetNotes(workload({ provenance: { datasetNotes: datasetRemarks } })),
      datasetRemarks,
    );
  });
});

function workload(options: ExampleOptions): StudyRuns {
  return workloadFrom(exampleStudy(options));
}

const ten = { seeds: 10 };
const preliminary =
  "note: Preliminary: as few as 3 seeds at a learning rate, where 10 are wanted.";

describe("noticesOf", () => {
  const cases:
    readonly (readonly [string, ExampleOptions, readonly string[]])[] = [
      ["nothing of a whole study with ten seeds", ten, []],
      ["how few seeds there are", {}, [preliminary]],
      ["how few seeds there are, if not as few", { seeds: 5 }, [
        "note: Low power: as few as 5 seeds at a learning rate, where 10 are wanted.",
      ]],
      ["code that was not committed", {
        ...ten,
        provenance: { dirty: true },
      }, [
        "warning: All runs came from code that was not committed; its hash is in every row.",
      ]],
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

  it("warns of runs on several data sets, of which no loss counts", () => {
    const { study, runs } = exampleStudy(ten);
    const other = runs.map(({ header, ...run }, i) => ({
      ...run,
      header: i % 2
        ? header
        : { ...header, config: { ...header.config, trainSize: 7 } },
    }));
    const [first, ...others] = notices({ study, runs: other });
    assert.equal(
      first,
      "warning: The runs are of 2 data sets, on which no number can stand together: none is shown.",
    );
    assert.ok(others.every((it) => !it.includes("recorded no loss")));
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

describe("siteNotices", () => {
  const said = (...models: readonly string[]) => {
    const examples = models.map((model) => exampleStudy({ study: { model } }));
    const content = gatherContent(memoryStore(examples));
    return visibleText(html`${siteNotices(content)}`.source);
  };

  it("names the networks of a notice, of many their experiment alone", () => {
    assert.match(
      said("cnn", "vit"),
      /wanted\. Learning rate: Fashion-MNIST subset, residual CNN, (\S+) profile; Learning rate: Fashion-MNIST subset, ViT, \1 profile/,
    );
    assert.match(
      said("cnn", "vit", "cnn-32", "cnn-64", "vit-64"),
      /wanted\. \S+ profile: Learning rate\s*$/,
    );
  });
});

function notices(example: Example): string[] {
  return noticesOf(workloadFrom(example))
    .map(({ level, text }) => `${level}: ${text}`);
}

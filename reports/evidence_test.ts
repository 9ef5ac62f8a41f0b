import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gatherEvidence } from "./evidence.ts";
import { exampleStudy } from "./testdata/example_study.ts";
import { memoryStore } from "./testdata/memory_store.ts";

describe("gatherEvidence", () => {
  it("has nothing of an empty store", () => {
    assert.deepEqual(gatherEvidence(memoryStore([])), {
      experiments: [],
      registers: [],
      unreadable: [],
      strayRuns: 0,
    });
  });

  it("groups workloads by experiment, the weightiest profile first", () => {
    const study = (experiment: string, profile: string, model: string) =>
      exampleStudy({
        seeds: 1,
        study: { experiment, profile, model, question: `${profile}?` },
      });
    const { experiments } = gatherEvidence(memoryStore([
      study("learning_rate", "homemade", "cnn"),
      study("learning_rate", "quick", "vit"),
      study("learning_rate", "quick", "cnn"),
      study("learning_rate", "standard", "vit"),
      study("layer_norm", "quick", "vit"),
    ]));
    assert.deepEqual(
      experiments.map(({ title, question, workloads }) => [
        title,
        question,
        workloads.map(({ study }) => `${study.profile} ${study.model}`),
      ]),
      [
        ["Learning rate", "standard?", [
          "standard vit",
          "quick cnn",
          "quick vit",
          "homemade cnn",
        ]],
        ["Layer norm", "quick?", ["quick vit"]],
      ],
    );
  });

  it("has wider networks after narrower ones", () => {
    const { experiments: [width] } = gatherEvidence(memoryStore(
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
    const evidence = gatherEvidence(memoryStore([{ study: some, runs }]));
    assert.equal(evidence.strayRuns, 8);
  });

  it("names unreadable files by their place in the store", () => {
    const file = { path: "store/runs/x.jsonl", reason: "it is empty" };
    assert.deepEqual(gatherEvidence(memoryStore([], [file])).unreadable, [
      { path: "runs/x.jsonl", reason: "it is empty" },
    ]);
  });
});

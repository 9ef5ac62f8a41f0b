import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { registerOf } from "./judge.ts";
import { everyKindOfStudy } from "./testdata/every_kind_of_study.ts";
import { exampleEvidence } from "./testdata/example_evidence.ts";
import { controlStudy, learningRateStudy } from "./testdata/example_studies.ts";

const of = (studies: Parameters<typeof exampleEvidence>[0]) =>
  registerOf(exampleEvidence(studies), "quick");

const kinds = everyKindOfStudy();
const statesOf = (kind: string) =>
  of(kinds[kind]!).claims.map(({ workloads }) =>
    workloads.map(({ state }) => state).join()
  );

describe("registerOf", () => {
  it("has the seven claims, all NOT RUN, of an empty store", () => {
    const { claims, controls, profile, schema } = of([]);
    assert.deepEqual([schema, profile, controls], [1, "quick", []]);
    assert.deepEqual(
      claims.map(({ claim, state, workloads }) => [claim.id, state, workloads]),
      ["H1", "H2", "H3", "H4", "H5", "H6", "H7"].map((id) => [
        id,
        "NOT RUN",
        [],
      ]),
    );
  });

  it("judges what every experiment leaves", () => {
    assert.deepEqual(statesOf("every experiment on one workload"), [
      "SUPPORTED",
      "SUPPORTED",
      "REFUTED",
      "SUPPORTED",
      "SUPPORTED",
      "SUPPORTED",
      "REFUTED",
    ]);
  });

  for (
    const [kind, states] of [
      ["no run at all", ["NOT RUN"]],
      ["missing seeds", ["NOT RUN"]],
      ["failed runs", ["NOT RUN"]],
      ["rows with NaN", ["NOT RUN"]],
      ["mixed data sets", ["NOT RUN"]],
      ["studies without cases", ["NOT RUN"]],
      ["a single optimizer", ["NOT RUN", "REFUTED"]],
    ] as const
  ) {
    it(`is ${states.join(" or ")} for ${kind}`, () => {
      for (const state of statesOf(kind)) {
        assert.ok((states as readonly string[]).includes(state), state);
      }
    });
  }

  it("is INVALID where nothing trained, and where nothing differs", () => {
    const diverged = statesOf("nothing but diverged runs");
    assert.deepEqual(diverged.slice(0, 4), Array(4).fill("INVALID(diverged)"));
    const flat = statesOf("flat responses");
    assert.deepEqual(flat.slice(0, 2), Array(2).fill("INVALID(flat)"));
  });

  it("judges names alike, whatever is in them", () => {
    const states = statesOf("hostile names");
    assert.deepEqual(states, statesOf("every experiment on one workload"));
  });

  it("has a control a workload of the claims, in their order", () => {
    const model = (name: string) => ({ study: { model: name }, n: 2 });
    const { controls } = of([
      learningRateStudy(model("vit")),
      learningRateStudy(model("cnn")),
      controlStudy(model("cnn")),
    ]);
    assert.deepEqual(
      controls.map(({ workload, reason }) => [workload.model, reason]),
      [["cnn", undefined], ["vit", "no study of controls"]],
    );
  });
});

import { describe, it } from "@std/testing/bdd";
import Ajv from "ajv";
import assert from "node:assert/strict";
import { estimate } from "../statistics/estimate.ts";
import { judge, label } from "../statistics/verdict.ts";
import { registerOf } from "./judge.ts";
import { registerSchemaText } from "./make_schema.ts";
import { registerJson, registerSchemaJson } from "./register.ts";
import { everyKindOfStudy } from "./testdata/every_kind_of_study.ts";
import { exampleEvidence } from "./testdata/example_evidence.ts";
import { controlStudy, learningRateStudy } from "./testdata/example_studies.ts";

const validate = new Ajv.default({ strict: true, allowUnionTypes: true })
  .compile(JSON.parse(registerSchemaJson()));

function written(studies: Parameters<typeof exampleEvidence>[0]) {
  return JSON.parse(
    registerJson(registerOf(exampleEvidence(studies), "quick")),
  );
}

describe("registerSchemaJson", () => {
  it("is made of the types of today", () => {
    assert.equal(registerSchemaJson(), registerSchemaText());
  });
});

describe("registerJson", () => {
  for (const [what, studies] of Object.entries(everyKindOfStudy())) {
    it(`is as its schema says for ${what}`, () => {
      const value = written(studies);
      assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 3)));
    });
  }

  it("begins with what was found, in sentences", () => {
    const value = written([learningRateStudy()]);
    assert.deepEqual(Object.keys(value).slice(0, 3), [
      "schema",
      "profile",
      "findings",
    ]);
  });

  it("is not as its schema says with a field less or more, or an unknown state", () => {
    const value = written([learningRateStudy()]);
    for (
      const broken of [
        { ...value, schema: 2 },
        { ...value, more: 1 },
        { ...value, controls: undefined },
        { ...value, claims: [{ ...value.claims[0], state: "MAYBE" }] },
      ]
    ) {
      assert.equal(validate(broken), false);
    }
  });

  it("holds what it takes to compute a verdict again", () => {
    const value = written([
      learningRateStudy({ n: 6, d: 0.8 }),
      controlStudy({ n: 6 }),
    ]);
    const [h1] = value.claims;
    const [row] = h1.workloads;
    const { finding, band } = row.parts[0];
    const again = estimate(finding.estimate.values, finding.estimate.allowance);
    assert.deepEqual(again, finding.estimate);
    const verdict = judge({ kind: "estimate", estimate: again }, band);
    assert.deepEqual(
      [verdict.state, verdict.pValues, verdict.seedsNeeded, label(verdict.n)],
      [row.state, row.pValues, row.seedsNeeded, row.label],
    );
  });

  it("has null for what is infinite, or no number", () => {
    const [row] = written([learningRateStudy({ n: 1 })]).claims[0].workloads;
    const { sd, interval90 } = row.parts[0].finding.estimate;
    assert.deepEqual([sd, interval90], [null, { low: null, high: null }]);
  });
});

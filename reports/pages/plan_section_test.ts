import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { StudyLook, StudyPlan } from "../../data/runs/record.ts";
import { html } from "../html.ts";
import { visibleText } from "../testdata/visible_text.ts";
import { describeLooks, planHash, planSection } from "./plan_section.ts";

const settings = { looks: [4, 6, 8, 10, 14], band: { low: 0.5, high: 1.5 } };
const plan: StudyPlan = { kind: "night", hash: planHash(settings), settings };

describe("planHash", () => {
  it("is SHA-256 of JSON with its keys in order at every depth", () => {
    // printf '{"a":[{"x":1,"y":2}],"b":1}' | sha256sum
    const expected =
      "644408bd76f399b8ede2a3cef08e70e1d485d59bfb7321c8a7e776a23b6aee0c";
    assert.equal(planHash({ b: 1, a: [{ y: 2, x: 1 }] }), expected);
  });
});

describe("describeLooks", () => {
  const cases: readonly (readonly [string, StudyLook[], string])[] = [
    [
      "says when and why a question was closed",
      [look(2, 6, "SUPPORTED"), look(1, 4, "go on")],
      "Looked at after 4 and 6 seeds; closed at n = 6 because SUPPORTED. The interval is widened for the 5 looks; up to 14 seeds were planned.",
    ],
    [
      "leaves a question open",
      [look(1, 4, "go on")],
      "Looked at after 4 seeds; still open. The interval is widened for the 5 looks; up to 14 seeds were planned.",
    ],
    [
      "says what is out of reach",
      [{ ...look(1, 4, "INCONCLUSIVE"), inReach: false }],
      "Looked at after 4 seeds; closed at n = 4 because out of reach. The interval is widened for the 5 looks; up to 14 seeds were planned. The value lies too near the end of the band: 14 seeds would not have decided it unless it moved by more than two standard errors.",
    ],
  ];
  for (const [what, looks, words] of cases) {
    it(what, () => assert.equal(describeLooks(looks, plan), words));
  }
});

describe("planSection", () => {
  it("says that the fingerprint agrees, or that the plan was changed", () => {
    const changed = { ...plan, settings: { ...settings, looks: [4] } };
    const [same, other] = [plan, changed].map((plan) =>
      visibleText(html`${planSection({ plan })}`.source)
    );
    assert.match(same!, /agrees with what stands here/);
    assert.match(other!, /does not agree .* the plan was changed/);
  });

  it("is nothing for a study that planned nothing", () => {
    assert.equal(planSection({}), null);
  });
});

function look(place: number, seeds: number, decision: string): StudyLook {
  return {
    question: "H1",
    look: place,
    seeds,
    mean: 0.9,
    sd: 0.1,
    allowance: 0.1,
    interval90: [0.7, 1.1],
    interval95: [0.6, 1.2],
    openSides: [],
    inReach: null,
    decision,
  };
}

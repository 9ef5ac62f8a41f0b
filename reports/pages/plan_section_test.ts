import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { StudyLook, StudyPlan } from "../../data/runs/record.ts";
import { html } from "../html.ts";
import { visibleText } from "../testdata/visible_text.ts";
import { describeLooks, planSection } from "./plan_section.ts";

const settings = { looks: [4, 6, 8, 10, 14], band: { low: 0.5, high: 1.5 } };
const plan: StudyPlan = {
  kind: "night",
  settings,
  // printf '{"band":{"high":1.5,"low":0.5},"looks":[4,6,8,10,14]}' | sha256sum
  hash: "d6bad3256951de8df5718a357defd16ebbbaa4c234e18d1fde2e742397417d17",
};

describe("describeLooks", () => {
  const cases: readonly (readonly [string, StudyLook[], string])[] = [
    [
      "says when and why a question was closed",
      [look(2, 6, "SUPPORTED"), look(1, 4, "go on")],
      "Looked at after 4 and 6 seeds of up to 14; closed at n = 6 because SUPPORTED. The interval is widened for the five looks.",
    ],
    [
      "leaves a question open",
      [look(1, 4, "go on")],
      "Looked at after 4 seeds of up to 14; still open. The interval is widened for the five looks.",
    ],
    [
      "says what is out of reach",
      [{ ...look(2, 12, "INCONCLUSIVE(out of reach)"), inReach: false }],
      "Looked at after 12 seeds of up to 28; closed at n = 12 because out of reach. The interval is widened for the five looks. Out of reach: the value lies too near the end of the band; 28 seeds would not have decided it unless it moved by more than two standard errors.",
    ],
  ];
  for (const [what, looks, words] of cases) {
    it(what, () => assert.equal(describeLooks(looks), words));
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

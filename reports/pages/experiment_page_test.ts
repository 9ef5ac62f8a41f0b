import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { StudyLook, StudyPlan } from "../../data/runs/record.ts";
import { gatherContent } from "../content.ts";
import { html } from "../html.ts";
import { viewsOf } from "../site.ts";
import { changes } from "../testdata/changes.ts";
import { visibleText } from "../testdata/charts.ts";
import { exampleRegister } from "../testdata/register.ts";
import {
  everyExperiment,
  type Example,
  finalStudy,
  learningRateStudy,
  memoryStore,
  workloadFrom,
} from "../testdata/studies.ts";
import { experimentFigures, experimentVerdicts } from "./experiment_page.ts";
import { mechanismPage } from "./mechanism_page.ts";
import { describeLooks, planSection } from "./plan_section.ts";

const registers = [exampleRegister("standard"), exampleRegister("quick")];

describe("experimentVerdicts", () => {
  const claims: readonly (readonly [string, readonly string[]])[] = [
    ["learning_rate", ["H1", "H3", "H4"]],
    ["weight_decay", ["H2", "H4"]],
    ["rule", ["H1", "H2"]],
    ["layer_norm", ["H6", "H7"]],
  ];
  for (const [experiment, ids] of claims) {
    it(`shows the claims that stand on ${experiment}`, async () => {
      const text = await verdictsOf(experiment);
      const [first = ""] = text.split("quick profile");
      const found = new Set([...first.matchAll(/H\d/g)].map(([id]) => id));
      assert.deepEqual([...found], ids);
    });
  }

  it("shows each profile's verdicts, the weightiest first", async () => {
    const text = await verdictsOf("schedule");
    const standard = text.indexOf("standard profile");
    assert.ok(standard > 0 && standard < text.indexOf("quick profile"));
  });

  it("tells more of each number than the first page does", async () => {
    const text = await verdictsOf("learning_rate");
    assert.match(text, /narrower band 5× to 20× 7\.6×\s+SUPPORTED/);
    assert.match(text, /p for supported under 0\.001, for refuted 1\.000/);
    assert.match(text, /at a margin of 1%: [A-Z]+; of 5%: [A-Z]+/);
    assert.match(text, /that is −?\d+\.\d standard deviations between seeds/);
  });

  it("is nothing for an experiment that no claim stands on", async () => {
    assert.equal(await verdictsOf("ablation"), "");
  });
});

async function verdictsOf(experiment: string): Promise<string> {
  const content = await experimentVerdicts(experiment, registers);
  return visibleText(html`${content}`.source);
}

describe("experimentFigures", () => {
  const missing: Readonly<Record<string, RegExp>> = {
    learning_rate: /Not to be seen yet: 0 of 55 tune and edge runs have a loss/,
    weight_decay: /Nothing to draw yet: 0 of 250 decay tune runs have a loss/,
    schedule: /No seed of the report stage has both runs of a comparison yet/,
    layer_norm: /No run has recorded its gradient norms yet/,
    ablation: /No report run has finished yet/,
    rule: /No seed of the report stage has both runs/,
    final: /No seed has a final run of both optimizers yet/,
  };
  const unrun = everyExperiment(changes["no run"]!);
  for (const [experiment, words] of Object.entries(missing)) {
    const example = unrun.find(({ study }) => study.experiment === experiment);
    it(`of ${experiment} say what is missing before its runs`, async () => {
      const source = await figuresOf(example!);
      assert.match(source, words);
      assert.doesNotMatch(source, /<svg/);
    });
  }

  it("says that a profile may leave out what is not planned", async () => {
    const { study, runs } = learningRateStudy();
    const cases = study.cases.filter(({ stage }) => stage === "tune");
    assert.match(
      await figuresOf({ study: { ...study, cases }, runs }),
      /No report run is planned: this profile leaves them out, or what they stand on is not done yet/,
    );
  });

  it("states the budgets of the final comparison", async () => {
    assert.match(
      await figuresOf(finalStudy()),
      /Without weight decay the budgets are equal: each optimizer was tuned with\s+52 runs\. With weight decay the budgets are equal: each optimizer was tuned with\s+277 runs\./,
    );
  });
});

describe("mechanismPage", () => {
  it("says where networks of several widths were not run, and where nothing was", async () => {
    assert.match(
      await mechanismOf([learningRateStudy()]),
      /The experiment <code>width<\/code> was not run with this profile/,
    );
    assert.match(await mechanismOf([]), /Nothing was measured yet/);
  });
});

async function figuresOf(example: Example): Promise<string> {
  const runs = new Map(example.runs.map((run) => [run.id, run]));
  const [view] = viewsOf([workloadFrom(example)], (id) => runs.get(id));
  return html`${await experimentFigures(view!)}`.source;
}

async function mechanismOf(examples: readonly Example[]): Promise<string> {
  const { experiments } = gatherContent(memoryStore(examples));
  return html`${await mechanismPage({ experiments })}`.source;
}

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

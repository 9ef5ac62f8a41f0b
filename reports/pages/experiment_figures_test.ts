import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { html } from "../html.ts";
import { viewsOf } from "../site.ts";
import { changes } from "../testdata/changes.ts";
import { everyExperiment } from "../testdata/every_experiment.ts";
import type { Example } from "../testdata/example_study.ts";
import {
  finalStudy,
  learningRateStudy,
  widthStudies,
} from "../testdata/experiment_studies.ts";
import { workloadFrom } from "../testdata/tables.ts";
import { experimentFigures } from "./experiment_page.ts";
import { mechanismPage } from "./mechanism_page.ts";

describe("experimentFigures", () => {
  for (const [what, change] of Object.entries(changes)) {
    it(`of studies with ${what} show no number that is not there, and text as text`, async () => {
      for (const example of everyExperiment(change)) {
        assertSound(await figuresOf(example));
      }
    });
  }

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
  for (const [what, change] of Object.entries(changes)) {
    it(`of studies with ${what} shows no number that is not there`, async () => {
      assertSound(await mechanismOf([...widthStudies(change)]));
    });
  }

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
  const byName = Map.groupBy(examples, ({ study }) => study.experiment);
  const experiments = [...byName].map(([name, ofName]) => ({
    name,
    title: name,
    question: "",
    workloads: ofName.map(workloadFrom),
  }));
  return html`${await mechanismPage({ experiments })}`.source;
}

function assertSound(source: string): void {
  const text = source.replaceAll(/<(script|svg)\b.*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]+>/g, " ");
  assert.doesNotMatch(text, /\b(NaN|undefined|null|Infinity|object)\b/);
  assert.doesNotMatch(source, /<script>alert/);
}

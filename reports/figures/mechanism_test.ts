import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { stepRatio } from "../../data/statistics/mechanism.ts";
import type { Example } from "../testdata/example_study.ts";
import {
  learningRateStudy,
  widthStudies,
} from "../testdata/experiment_studies.ts";
import { workloadFrom } from "../testdata/tables.ts";
import {
  describeRatios,
  describeSwitchesOff,
  entriesOf,
  mechanismOf,
} from "./mechanism.ts";

function groupsOf(examples: readonly Example[]) {
  const byName = Map.groupBy(examples, ({ study }) => study.experiment);
  return mechanismOf([...byName].map(([name, ofName]) => ({
    name,
    title: name,
    question: "",
    workloads: ofName.map(workloadFrom),
  })));
}

describe("mechanismOf", () => {
  it("has every network's measured ratios in the order of its predicted size", () => {
    const [group] = groupsOf(widthStudies());
    assert.ok(group?.widthAsked);
    assert.deepEqual(
      group.networks.map(({ model }) => model),
      ["vit-16", "vit-64", "vit-128"],
    );
    for (const [i, planted] of [0.5, 0.75, 1].entries()) {
      const measured = group.networks[i]?.ratios[0]?.measured;
      assert.ok(measured?.kind === "estimate");
      assert.ok(Math.abs(measured.estimate.mean - planted) < 0.15);
    }
  });

  it("predicts 2R, 2, R and 1 with the switches off in turn", () => {
    const [network] = groupsOf(widthStudies())[0]?.switched ?? [];
    const predicted = network?.ratios.map((ratio) => ratio.predicted!);
    assert.ok(predicted && network?.entries);
    const step = stepRatio(network.entries);
    const expected = [2 * step, 2, step, 1];
    predicted.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 1e-9)
    );
  });

  it("takes a network that two experiments share once, with its most seeds", () => {
    const few = (example: Example): Example => ({
      ...example,
      study: {
        ...example.study,
        experiment: "learning_rate",
        cases: example.study.cases.filter(({ seed }) => seed !== 2000),
      },
    });
    const [, default_] = widthStudies();
    const [group] = groupsOf([few(default_!), ...widthStudies()]);
    assert.deepEqual(
      group?.networks.map(({ ratios }) => ratios[0]?.seeds.length),
      [5, 5, 5],
    );
  });

  it("keeps profiles apart, and takes none that claims nothing", () => {
    const groups = groupsOf([
      learningRateStudy(),
      learningRateStudy({ study: { profile: "smoke" } }),
      learningRateStudy({ study: { profile: "quick --seeds 1" } }),
    ]);
    assert.deepEqual(
      groups.map(({ profile, widthAsked }) => [profile, widthAsked]),
      [["standard", false], ["quick --seeds 1", false]],
    );
  });
});

describe("entriesOf", () => {
  it("inverts the step ratio", () => {
    for (const entries of [1e3, 1e5, 1e7]) {
      assert.ok(Math.abs(entriesOf(stepRatio(entries)) / entries - 1) < 1e-6);
    }
  });
});

describe("describeRatios", () => {
  it("says whether the interval holds the prediction, and gives the regression", () => {
    const [group] = groupsOf(widthStudies());
    const words = describeRatios(group?.networks ?? []);
    assert.match(
      words,
      /ViT, width 64 \(D 15,000\): predicted 4\.5×, measured \S+ \(90% interval \S+ to \S+, 5 seeds\), which (holds|does not hold) the prediction\./,
    );
    assert.match(words, /Over these 3 networks, .* has slope 0\.\d\d/);
  });

  it("names no number that is not there", () => {
    const { parameters: _, ...study } = learningRateStudy().study;
    const unknown = groupsOf([{ study, runs: [] }])[0]?.networks ?? [];
    assert.equal(
      describeRatios(unknown),
      "residual CNN: no prediction, as its tensors are not recorded, not measured yet: 0 of 45 tune runs have a loss.",
    );
    assert.equal(describeSwitchesOff([]), "");
  });
});

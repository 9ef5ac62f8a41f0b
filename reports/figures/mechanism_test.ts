import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate, type Finding } from "../../data/statistics/estimate.ts";
import { stepRatio } from "../../data/statistics/mechanism.ts";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import {
  type Example,
  learningRateStudy,
  widthStudies,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  describeRatios,
  describeSwitchesOff,
  entriesAt,
  mechanismOf,
  type NetworkRatios,
  ratioByEntries,
  switchesOff,
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
      assert.ok(Math.abs(entriesAt(stepRatio(entries)) / entries - 1) < 1e-6);
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

function network(
  model: string,
  measured: Finding,
  entries: number | null = 1e5,
): NetworkRatios {
  const ratio = { predicted: 10, measured, seeds: [1, 2], progress: "" };
  return { model, entries, shapes: [], ratios: [{ arm: "sing", ...ratio }] };
}

const measured: Finding = { kind: "estimate", estimate: estimate([0.9, 1.1]) };

describe("ratioByEntries", () => {
  const layers = layersOf(ratioByEntries([network("vit-64", measured)]));

  it("draws the predicted curve 2R(D)", () => {
    const [line] = layers.filter(({ mark }) => mark.type === "line");
    const rows = line?.data.values ?? [];
    // R is 1 for small tensors
    assert.ok(Math.abs(Number(rows[0]?.["ratio"]) - 2) < 0.01);
    const near = rows.find(({ entries }) => Number(entries) > 1e5);
    assert.ok(Math.abs(Number(near?.["ratio"]) - 10) < 1);
  });

  it("draws seeds and mean at the size of the network's tensors", () => {
    assert.deepEqual(
      rowsOf(layers, { size: 35 }).map(({ entries, ratio, seed }) => [
        entries,
        ratio,
        seed,
      ]),
      [[1e5, 7.9433, 1], [1e5, 12.589, 2]],
    );
    assert.deepEqual(rowsOf(layers, { size: 130 }), [{
      name: "ViT 64",
      look: "vit",
      entries: 1e5,
      ratio: 10,
      predicted: "10×",
      text: "10×",
    }]);
  });

  it("ends an open side in an arrow on the plot's edge", () => {
    const open: Finding = {
      kind: "range",
      n: 2,
      range: { low: 0.5, high: Infinity },
      because: "open side",
    };
    const drawn = layersOf(ratioByEntries([network("cnn-16", open)]));
    const [arrow] = rowsOf(drawn, { type: "point", size: 90 });
    const top = drawn.at(-1)?.encoding["y"] && arrow?.["ratio"];
    assert.equal(arrow?.["end"], "triangle-up");
    const [bar] = rowsOf(drawn, { type: "rule", strokeWidth: 2.5 });
    assert.deepEqual([bar?.["low"], bar?.["high"]], [3.1623, top]);
    assert.deepEqual(rowsOf(drawn, { size: 130 }), []);
  });

  it("leaves out networks without a size or a number", () => {
    const missing: Finding = { kind: "missing" };
    assert.equal(ratioByEntries([network("vit", missing)]), null);
    assert.equal(ratioByEntries([network("vit", measured, null)]), null);
  });
});

describe("switchesOff", () => {
  it("draws the prediction beside what was measured, also where that is missing", () => {
    const { ratios: [sing] } = network("vit-64", measured);
    const off = {
      ...sing!,
      arm: "sing without both",
      predicted: 1,
      measured: { kind: "missing" } as const,
    };
    const one = {
      model: "vit-64",
      entries: 1e5,
      shapes: [],
      ratios: [sing!, off],
    };
    const layers = layersOf(switchesOff([one]));
    assert.deepEqual(
      rowsOf(layers, { shape: "diamond" }).map((
        { row, value },
      ) => [row, value]),
      [["ViT 64: SING", 10], ["ViT 64: SING neither", 1]],
    );
    assert.deepEqual(
      rowsOf(layers, { size: 110 }).map(({ value }) => value),
      [10],
    );
    assert.equal(switchesOff([{ ...one, ratios: [off] }]), null);
  });
});

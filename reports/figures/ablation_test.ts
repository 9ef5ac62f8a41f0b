import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import {
  ablationStudy,
  type StudyChanges,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  type AblationArm,
  ablationOf,
  describeSwitchMatrix,
  effectsOf,
  switchMatrix,
} from "./ablation.ts";

const armsOf = (changes: StudyChanges = {}) =>
  ablationOf(workloadFrom(ablationStudy(changes)));

/** Losses 0.5, lowered by what each switch of the arm's name brings. */
const exact: StudyChanges = {
  outcome({ arm }, summary) {
    const y = Math.log(0.5) - (arm.includes("N") ? 0.06 : 0) -
      (arm.includes("L") ? 0.03 : 0);
    return { ...summary, finalLoss: Math.exp(y) };
  },
};

describe("ablationOf", () => {
  it("has sixteen arms, the lowest mean first, and names those that are optimizers", () => {
    const arms = armsOf();
    assert.equal(arms.length, 16);
    const means = arms.map(({ y }) => y!);
    assert.deepEqual(means, means.toSorted((a, b) => a - b));
    assert.deepEqual(
      arms.flatMap(({ arm, name }) => name ? [`${arm} ${name}`] : []).sort(),
      [
        "switches ---- AdamW-like",
        "switches C-SL Ranger-like",
        "switches CNSL SING",
      ],
    );
  });

  it("reads an arm's switches and its own best rate off the report runs", () => {
    const arm = armsOf().find(({ arm }) => arm === "switches C--L");
    assert.deepEqual(arm?.on, ["centralize", "lookahead"]);
    assert.ok(Math.abs(arm!.learningRate! - 10 ** -2.75) < 1e-9);
  });

  it("gives no mean to an arm that misses a run, and puts it last", () => {
    const arms = armsOf({
      outcome: ({ stage, arm, seed }, summary) =>
        stage === "report" && arm === "switches CNSL" && seed === 100_002
          ? null
          : summary,
    });
    assert.deepEqual(
      [arms.at(-1)?.name, arms.at(-1)?.y, arms.at(-1)?.seeds.length],
      ["SING", null, 5],
    );
    assert.match(
      describeSwitchMatrix(arms),
      /1 of 16 arms wait for report runs and have no mean\.$/,
    );
  });

  it("leaves out arms that are not of switches", () => {
    const study = ablationStudy({ study: { experiment: "ablation" } });
    const cases = study.study.cases.map((plan) => ({ ...plan, arm: "sing" }));
    const other = { ...study, study: { ...study.study, cases } };
    assert.deepEqual(ablationOf(workloadFrom(other)), []);
  });
});

describe("effectsOf", () => {
  it("averages what a switch does over the settings of the others", () => {
    const effects = effectsOf(armsOf(exact)).map(({ effect }) =>
      Math.round(1e9 * effect) / 1e9
    );
    assert.deepEqual(effects, [0, -0.06, 0, -0.03]);
  });

  it("has none while an arm has no mean", () => {
    assert.deepEqual(effectsOf(armsOf().slice(1)), []);
  });
});

const arm = (changes: Partial<AblationArm>): AblationArm => ({
  arm: "switches C--L",
  on: ["centralize", "lookahead"],
  learningRate: 0.01,
  seeds: [{ seed: 100_000, loss: 0.4 }, { seed: 100_001, loss: 0.5 }],
  diverged: 0,
  planned: 2,
  y: Math.log(0.45),
  ...changes,
});

describe("switchMatrix", () => {
  const layers = layersOf(switchMatrix([
    arm({}),
    arm({
      arm: "switches ----",
      name: "AdamW-like",
      on: [],
      y: Math.log(0.46),
    }),
  ]));

  it("fills the switches that are on, a row an arm", () => {
    const states = rowsOf(layers, { type: "point", size: 80 })
      .map(({ arm, state }) => `${arm} ${state}`);
    assert.deepEqual(states.slice(0, 4), [
      "switches C--L on",
      "switches C--L off",
      "switches C--L off",
      "switches C--L on",
    ]);
    assert.ok(states.slice(4).every((state) => state === "switches ---- off"));
  });

  it("draws seeds and means, and names the arms that are optimizers", () => {
    assert.deepEqual(
      rowsOf(layers, { type: "point", size: 40 }).map(({ loss }) => loss),
      [0.4, 0.5, 0.4, 0.5],
    );
    assert.deepEqual(
      rowsOf(layers, { type: "point", size: 130 }).map(({ text }) => text),
      ["0.450", "0.460"],
    );
    const names = layers.flatMap(({ data }) =>
      data.values.flatMap(({ name }) => name ?? [])
    );
    assert.deepEqual(new Set(names), new Set(["AdamW-like"]));
  });

  it("writes how many runs diverged in place of a mean that they lift", () => {
    const drawn = layersOf(switchMatrix([arm({ diverged: 1, y: 0.2 })]));
    assert.deepEqual(rowsOf(drawn, { size: 130 }), []);
    const texts = rowsOf(drawn, { type: "text", align: "right" })
      .map(({ text }) => text);
    assert.deepEqual(texts, ["1e-2", "1 diverged"]);
  });

  it("is not drawn where no run finished", () => {
    assert.equal(switchMatrix([arm({ seeds: [], y: null })]), null);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ablationStudy } from "../testdata/experiment_studies.ts";
import type { Changes } from "../testdata/planned_study.ts";
import { tableFrom } from "../testdata/tables.ts";
import { ablationOf, describeSwitchMatrix, effectsOf } from "./ablation.ts";

const armsOf = (changes: Changes = {}) =>
  ablationOf(tableFrom(ablationStudy(changes)));

/** Losses 0.5, lowered by what each switch of the arm's name brings. */
const exact: Changes = {
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
    assert.deepEqual(ablationOf(tableFrom(other)), []);
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

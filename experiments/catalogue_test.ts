import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runId } from "../data/runs/record.ts";
import { EXPERIMENTS } from "./catalogue.ts";
import { buildOptimizer, buildSchedule } from "./harness/configured.ts";
import type { Case, Experiment, Profile } from "./harness/experiment.ts";
import { simulateStudy } from "./testdata/simulate_study.ts";

const named = (name: string) => EXPERIMENTS.find((it) => it.name === name)!;
const first = (experiment: Experiment, profile: Profile = "standard") =>
  simulateStudy(experiment, profile, experiment.workloads(profile)[0]!);
const ids = (cases: readonly Case[]) =>
  new Set(cases.map(({ config }) => runId(config)));
const of = (cases: readonly Case[], stage: string, arm?: string) =>
  cases.filter((it) => it.stage === stage && (!arm || it.arm === arm));

for (const experiment of EXPERIMENTS) {
  describe(experiment.name, () => {
    for (const profile of ["smoke", "quick", "standard", "full"] as const) {
      for (const workload of experiment.workloads(profile)) {
        it(`plans the ${profile} profile on ${workload.name}, about as many runs as it says`, () => {
          const cases = simulateStudy(experiment, profile, workload);
          const expected = experiment.expectedRuns(profile, workload);
          assert.ok(cases.length >= expected, `${cases.length} < ${expected}`);
          assert.ok(
            cases.length <= 1.4 * expected,
            `${cases.length} > ${expected}`,
          );
          for (const { config } of cases) {
            assert.equal(config.model, workload.config.model);
            assert.ok(Number.isFinite(buildSchedule(config, 60)(30)));
          }
        });
      }
    }

    const [workload] = experiment.workloads("standard");
    const cases = simulateStudy(experiment, "standard", workload!);

    it("builds the optimizer of every arm", () => {
      const arms = new Map(cases.map((it) => [it.arm, it.config]));
      for (const config of arms.values()) buildOptimizer(config).dispose();
    });

    it("tunes every arm with as many runs", () => {
      for (const stage of ["scout", "tune", "decay scout", "decay tune"]) {
        const groups = Map.groupBy(of(cases, stage), ({ arm }) => arm);
        const counts = [...groups.values()].map((runs) => runs.length);
        // The arms that gate nothing are tuned among themselves.
        const sizes = new Set(counts);
        assert.ok(sizes.size <= (experiment.name === "controls" ? 2 : 1));
      }
    });

    it("chooses by seeds that nothing is compared with", () => {
      const seeds = (stage: string) =>
        new Set(of(cases, stage).map(({ config }) => config.seed));
      const compared = seeds("report").union(seeds("final"));
      assert.equal(compared.intersection(seeds("tune")).size, 0);
      assert.equal(compared.intersection(seeds("scout")).size, 0);
      assert.equal(seeds("tune").intersection(seeds("scout")).size, 0);
    });
  });
}

describe("learningRate", () => {
  const cases = first(named("learning_rate"));

  it("scouts, tunes, finds the edge, runs the list and reports", () => {
    const stages = [...new Set(cases.map(({ stage }) => stage))];
    assert.deepEqual(stages, ["scout", "tune", "edge", "listed", "report"]);
    const listed = of(cases, "listed").map(({ config }) => config.learningRate);
    assert.deepEqual([...new Set(listed)], [5e-3, 1e-2, 5e-2, 1e-1]);
    assert.deepEqual(
      [...new Set(of(cases, "report").map(({ arm }) => arm))],
      ["sing", "sing listed"],
    );
  });

  it("grows the grid until every seed has broken, and no further", () => {
    const rates = (stage: string) =>
      of(cases, stage, "sing").map(({ config }) =>
        Math.log10(config.learningRate)
      );
    const top = Math.max(...rates("edge"), ...rates("tune"));
    // The cliff is 1.1 decades above the best, -1.5; the grid has points at quarters of a decade.
    assert.equal(Number(top.toFixed(6)), -0.25);
  });

  it("trains exactly the given rates, and nothing after them", () => {
    const experiment = named("learning_rate");
    const [workload] = experiment.workloads("standard");
    const overrides = { learningRates: [0.01, 0.03], seeds: 2 };
    const cases = simulateStudy(
      experiment,
      "standard",
      workload!,
      undefined,
      overrides,
    );
    assert.equal(cases.length, 2 * 2 * 2);
    assert.ok(cases.every(({ stage }) => stage === "tune"));
  });
});

describe("experiments", () => {
  it("share the runs that they have in common", () => {
    const tuning = ids(
      first(named("learning_rate")).filter(({ stage }) => stage === "tune"),
    );
    for (const name of ["weight_decay", "rule", "final"]) {
      assert.ok(tuning.isSubsetOf(ids(first(named(name)))), name);
    }
    const joint = ids(of(first(named("weight_decay")), "decay tune"));
    assert.ok(joint.isSubsetOf(ids(first(named("final")))));
  });

  it("report the rule at ten times and a tenth of AdamW's best", () => {
    const weightDecay = first(named("rule"));
    const at = (arm: string) => of(weightDecay, "report", arm)[0]!.config;
    assert.ok(
      Math.abs(Math.log10(at("sing by the rule").learningRate) + 1.5) < 0.1,
    );
    const pair = at("sing with decay by the rule");
    assert.ok(Math.abs(Math.log10(pair.learningRate) + 1.5) < 0.1);
    assert.ok(Math.abs(Math.log10(pair.weightDecay) + 2) < 0.2);
  });

  it("give the control's second arm seeds of its own", () => {
    const tune = of(first(named("controls")), "tune");
    const seeds = (arm: string) =>
      new Set(tune.filter((it) => it.arm === arm).map((it) => it.config.seed));
    const [plain, slowed] = [seeds("adamw"), seeds("adamw slowed")];
    assert.equal(plain.intersection(slowed).size, 0);
    assert.equal(plain.size, slowed.size);
  });

  it("evaluate on the test split in the end, and nowhere else", () => {
    const splits = (cases: readonly Case[]) =>
      new Set(cases.map(({ config }) => config.evaluationSplit));
    const cases = first(named("final"));
    assert.deepEqual([...splits(of(cases, "final"))], ["test"]);
    assert.deepEqual([...splits(of(cases, "tune"))], ["validation"]);
  });

  it("record gradient norms where the alarm is looked for", () => {
    const cases = first(named("layer_norm"));
    assert.ok(of(cases, "report").every(({ config }) => config.gradientNorms));
    assert.ok(of(cases, "tune").every(({ config }) => !config.gradientNorms));
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { EXPERIMENTS } from "../catalogue.ts";
import {
  isIntact,
  nightPlanOf,
  planDifference,
} from "../../data/verdicts/plans.ts";
import { costOf, plansOf, studyPlan } from "./plans.ts";

const learningRate = EXPERIMENTS.find(({ name }) => name === "learning_rate")!;
const planned = (request: Parameters<typeof plansOf>[1]) =>
  EXPERIMENTS.flatMap((experiment) =>
    plansOf(experiment, request).map((plan) => ({ experiment, plan }))
  );

describe("plansOf", () => {
  it("leaves out what a profile does not name, and data sets that are not there", () => {
    const named = (profile: "smoke" | "quick") => [
      ...new Set(planned({ profile }).map(({ experiment }) => experiment.name)),
    ];
    assert.deepEqual(named("smoke"), ["learning_rate"]);
    assert.deepEqual(named("quick"), [
      "controls",
      "learning_rate",
      "weight_decay",
    ]);
    const alone = plansOf(
      learningRate,
      { profile: "standard" },
      (dataset) =>
        dataset === "cifar-10" ? null : {
          side: 28,
          trainSize: 10_000,
          validationSize: 2_000,
          digest: String,
        },
    );
    assert.deepEqual(
      alone.map(({ workload, base }) => [
        workload.name,
        base.dataset,
        base.datasetDigest,
      ]),
      [["cnn", "fashion-mnist-subset", "4000"], [
        "vit",
        "fashion-mnist-subset",
        "4000",
      ]],
    );
  });

  it("cuts images of either size into as many patches", () => {
    const patches = plansOf(learningRate, { profile: "standard", model: "vit" })
      .map(({ base }) => [base.dataset, base["model.patch"]]);
    assert.deepEqual(patches, [["fashion-mnist-subset", 7], ["cifar-10", 8]]);
  });

  it("fixes the seeds of who names them", () => {
    const kinds = [{}, { seeds: 3 }, { plan: "fixed" as const }].map((it) =>
      plansOf(learningRate, { profile: "standard", ...it })[0]!.kind
    );
    assert.deepEqual(kinds, ["night", "fixed", "fixed"]);
  });
});

describe("costOf", () => {
  it("counts a run that several experiments ask for once", () => {
    const all = costOf(planned({ profile: "quick" })).runs;
    const each = EXPERIMENTS.map((experiment) =>
      costOf(
        plansOf(experiment, { profile: "quick" })
          .map((plan) => ({ experiment, plan })),
      ).runs
    );
    assert.equal(all, 99);
    assert.ok(each.reduce((sum, it) => sum + it) > all);
  });

  it("keeps standard within twelve core hours, quick within six minutes of two slow cores", () => {
    const hours = costOf(planned({ profile: "standard" })).seconds / 3600;
    assert.ok(hours <= 12, `${hours} hours`);
    // AVX2 takes about 1.7 times what the milliseconds an image were measured with.
    const minutes = 1.7 * costOf(planned({ profile: "quick" })).seconds / 120;
    assert.ok(minutes <= 5, `${minutes} minutes`);
  });
});

describe("studyPlan", () => {
  const planOf = (request: Parameters<typeof plansOf>[1]) =>
    studyPlan(learningRate, plansOf(learningRate, request)[0]!);

  it("is the same for the same request, and whole", () => {
    const plan = () => planOf({ profile: "standard" });
    assert.equal(planDifference(plan(), plan()), null);
    assert.ok(isIntact(plan()));
    assert.equal(nightPlanOf(plan())!.questions.length > 0, true);
  });

  it("tells another request and another kind of plan", () => {
    const plan = planOf({ profile: "standard" });
    for (
      const [changes, difference] of [
        [{ epochs: 3 }, "base.epochs is 2 in one and 3 in the other"],
        [{ plan: "fixed" }, "its plan is night in one and fixed in the other"],
      ] as const
    ) {
      const other = planOf({ profile: "standard", ...changes });
      assert.ok(planDifference(plan, other)!.includes(difference));
    }
  });
});

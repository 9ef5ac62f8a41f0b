import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runId, type StudyCase } from "../data/runs/record.ts";
import { type Trial, trialOf } from "../data/runs/study.ts";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
} from "../data/runs/testdata/example_run.ts";
import {
  ablationStudy,
  exampleStudy,
  learningRateStudy,
  scheduleStudy,
  weightDecayStudy,
  workloadFrom,
} from "./testdata/studies.ts";
import { listedRates, seriesOf, shownSeries } from "./workload.ts";

describe("studyRuns", () => {
  it("compares the tune stage once it has runs, the scout before", () => {
    const { study, runs } = exampleStudy();
    const cases = study.cases.map((plan): StudyCase => ({
      ...plan,
      stage: plan.seed === 2000 ? "scout" : "tune",
    }));
    const stageWith = (kept: (seed: number) => boolean) => {
      const found = runs.filter(({ header }) => kept(header.config.seed));
      return workloadFrom({ study: { ...study, cases }, runs: found }).stage;
    };
    assert.equal(stageWith(() => true), "tune");
    assert.equal(stageWith((seed) => seed === 2000), "scout");
    assert.equal(stageWith(() => false), undefined);
  });
});

describe("seriesOf", () => {
  it("takes means over logarithms, counting a diverged run as untrained", () => {
    const [series] = seriesOf([
      result({ learningRate: 1e-3, seed: 1, loss: 0.4 }),
      result({ learningRate: 1e-3, seed: 2, loss: 0.9 }),
      result({ learningRate: 1e-2, seed: 1, loss: 2.3, state: "diverged" }),
    ]);
    const [slow, fast] = series?.rates ?? [];
    assert.ok(Math.abs((slow?.loss ?? 0) - 0.6) < 1e-12); // sqrt(0.4 * 0.9)
    // |ln 0.9 - ln 0.4| / sqrt 2
    assert.ok(Math.abs((slow?.spread ?? 0) - 0.5734139) < 1e-6);
    assert.equal(slow?.diverged, 0);
    assert.equal(fast?.diverged, 1);
    assert.equal(fast?.spread, undefined);
    assert.equal(fast?.accuracy, undefined);
  });

  it("finds the lowest mean, of equal ones the smaller rate", () => {
    const [series] = seriesOf(
      [0.5, 0.4, 0.4, 0.6].map((loss, i) =>
        result({ learningRate: 10 ** (i - 4), loss })
      ),
    );
    assert.equal(series?.best?.learningRate, 1e-3);
    assert.equal(series?.edge, undefined);
  });

  it("says when the best is the end of what was tried", () => {
    const losses = [0.3, 0.4, 0.5];
    const edges = [losses, losses.toReversed()].map((order) =>
      seriesOf(
        order.map((loss, i) => result({ learningRate: 10 ** (i - 4), loss })),
      )[0]?.edge
    );
    assert.deepEqual(edges, ["lowest", "highest"]);
  });

  it("has no best where every run diverged or is missing", () => {
    const [series] = seriesOf([
      result({ learningRate: 1e-2, loss: 2.3, state: "diverged" }),
      result({ learningRate: 1e-1, state: "missing" }),
    ]);
    assert.equal(series?.best, undefined);
    assert.equal(series?.rates[1]?.n, 0);
    assert.equal(series?.rates[1]?.loss, undefined);
  });

  it("keeps weight decays of one arm apart and says so", () => {
    const series = seriesOf([
      result({ arm: "sing", loss: 0.4 }),
      result({ arm: "adamw", weightDecay: 0.05, loss: 0.4 }),
      result({ arm: "adamw", weightDecay: 0, loss: 0.4 }),
    ]);
    assert.deepEqual(
      series.map(({ arm, weightDecay, oneOfMany }) => [
        arm,
        weightDecay,
        oneOfMany,
      ]),
      [["adamw", 0, true], ["adamw", 0.05, true], ["sing", 0, false]],
    );
  });
});

function result(
  {
    arm = "sing",
    learningRate = 1e-2,
    weightDecay = 0,
    seed = 1,
    loss = 1,
    state = "finished",
  }:
    & Partial<Trial>
    & { loss?: number; state?: "finished" | "diverged" | "missing" },
): Trial {
  const config = exampleConfig({ learningRate, weightDecay, seed });
  const plan = {
    runId: runId(config),
    stage: "tune",
    arm,
    learningRate,
    weightDecay,
    seed,
  };
  return trialOf(
    plan,
    state === "missing" ? undefined : {
      header: exampleHeader(config),
      summary: { ...EXAMPLE_SUMMARY, state, initialLoss: 2.3, finalLoss: loss },
    },
  );
}

describe("shownSeries", () => {
  it("is all that were tuned, and of sixteen arms those that have names", () => {
    const armsOf = (workload: ReturnType<typeof workloadFrom>) =>
      shownSeries(workload).map(({ arm }) => arm);
    assert.deepEqual(armsOf(workloadFrom(scheduleStudy())), [
      "sing constant",
      "sing constant cosine",
      "sing cosine",
    ]);
    assert.deepEqual(armsOf(workloadFrom(ablationStudy())), [
      "switches ----",
      "switches C-SL",
      "switches CNSL",
    ]);
  });

  it("has no point of another stage, and no weight decay beside 0", () => {
    for (const study of [learningRateStudy(), weightDecayStudy()]) {
      const series = shownSeries(workloadFrom(study));
      assert.deepEqual(
        series.map(({ arm, weightDecay, rates }) => [
          arm,
          weightDecay,
          rates.length,
        ]),
        [["adamw", 0, 9], ["sing", 0, 9]],
      );
    }
  });
});

describe("listedRates", () => {
  it("is the README's rates where they were run without weight decay", () => {
    const rates = listedRates(workloadFrom(learningRateStudy()));
    assert.deepEqual(
      rates.map(({ learningRate, n }) => [learningRate, n]),
      [[5e-3, 5], [1e-2, 5], [5e-2, 5], [1e-1, 5]],
    );
    assert.deepEqual(listedRates(workloadFrom(weightDecayStudy())), []);
    assert.deepEqual(listedRates(workloadFrom(scheduleStudy())), []);
  });
});

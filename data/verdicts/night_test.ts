import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ARMS, type Stage } from "../runs/roles.ts";
import { studyTable } from "../runs/study.ts";
import {
  decayLine,
  type Landscape,
  playNight,
  valley,
} from "../statistics/testdata/play_night.ts";
import { questionsOf } from "./claims.ts";
import { registerOf } from "./judge.ts";
import { fixedPlan, looksOf, planDifference } from "./plans.ts";
import {
  exampleEvidence,
  type ExampleStudy,
} from "./testdata/example_evidence.ts";

const planOf = (settings: object) => fixedPlan("night", settings);

const NIGHT_ARMS = {
  adamw: { seed: 2000, from: -16, decays: [-6, -4, -2, 0, 2] },
  sing: { seed: 2000, from: -12, decays: [-8, -6, -4, -2, 0] },
};

/** An experiment played to its end on known landscapes, as its study would be stored. */
function nightStudy(
  experiment: string,
  landscapes: Readonly<Record<string, Landscape>>,
  arms: Parameters<typeof playNight>[2] = NIGHT_ARMS,
  kinds: readonly string[] = ["rate", "edge", "decay", "ceiling"],
): ExampleStudy {
  const asked = questionsOf(experiment).filter((it) => kinds.includes(it.kind));
  const questions = experiment === "weight_decay"
    ? [...questionsOf("learning_rate").slice(0, 1), ...asked]
    : asked;
  const { plan: night, rows } = playNight(landscapes, questions, arms);
  return {
    study: { experiment, plan: planOf({ night: { ...night } }) },
    trials: rows.map(({ score, stage, ...row }) => ({
      ...row,
      stage: stage as Stage,
      y: score!.diverged ? "diverged" : score!.y,
    })),
  };
}

const of = (...studies: readonly ExampleStudy[]) =>
  registerOf(exampleEvidence(studies), "quick");
const rowOf = (id: string, ...studies: readonly ExampleStudy[]) =>
  of(...studies).claims.find(({ claim }) => claim.id === id)!.workloads[0]!;

const rates = nightStudy("learning_rate", {
  sing: valley(-1.5),
  adamw: valley(-2.5),
});

describe("a night study in the register", () => {
  it("has the verdict, seeds and interval of the look that closed the question", () => {
    const { state, n, label, parts: [part], seedsNeeded } = rowOf("H1", rates);
    assert.deepEqual([state, label], ["SUPPORTED", "published"]);
    assert.equal(seedsNeeded, null);
    assert.ok(part!.finding.kind === "estimate");
    assert.equal(part!.finding.estimate.n, n);
    assert.deepEqual(part!.finding.estimate.look?.kind, "tune");
    assert.equal(rowOf("H3", rates).state, "REFUTED");
  });
  it("is REFUTED in one part whatever else was not run", () => {
    const low = nightStudy("learning_rate", {
      sing: valley(-3.2),
      adamw: valley(-4),
    });
    const { state, n, label } = rowOf("H4", low);
    assert.deepEqual([state, n, label], ["REFUTED", 4, "published"]);
    assert.match(of(low).findings.join("\n"), /Not run: H2; part of H4; H5;/);
    assert.equal(rowOf("H4", rates).state, "NOT RUN");
  });
  it("says why it stopped asking where no verdict is in reach", () => {
    const near = nightStudy("learning_rate", {
      sing: valley(-2),
      adamw: valley(-2.5),
    });
    const { state, reason, n } = rowOf("H1", near);
    assert.equal(state, "INCONCLUSIVE");
    assert.ok(n < 14);
    assert.equal(reason, "out of reach");
    const said = of(near).findings.filter((it) => it.includes("out of reach"));
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^H1 with cnn is out of reach: .*; 14 seeds would/);
  });
  it("says where an arm's best rates lie in two places, and their mean in neither", () => {
    const apart: Landscape = (...at) =>
      Math.min(
        ...[-2.5, -0.5].map((best, i) =>
          Number(valley(best)(...at)) + (at[2] % 2 === i ? 0.05 : 0)
        ),
      );
    const row = rowOf(
      "H1",
      nightStudy("learning_rate", {
        sing: apart,
        adamw: valley(-2.5),
      }),
    );
    const [scattered] = row.scattered!;
    assert.equal(row.scattered!.length, 1);
    assert.equal(scattered!.arm, "sing");
    assert.ok(Math.abs(Math.log10(scattered!.rate) + 1.5) < 0.7);
    assert.ok(scattered!.loss > 1.1 * scattered!.lowestLoss);
    assert.equal(rowOf("H1", rates).scattered, undefined);
  });
  it("lists guests, as a night runs them", () => {
    const ids = of(rates).claims.map(({ claim }) => claim.id);
    assert.deepEqual(ids.slice(7), ["T1", "L1", "L2", "M1", "M2"]);
  });
  it("waits for a look that is interrupted, and says which", () => {
    const cut = { ...rates, trials: rates.trials.slice(0, 20) };
    const { state, reason } = rowOf("H1", cut);
    assert.deepEqual([state, reason], [
      "NOT RUN",
      "H1: look 1 has not all its runs",
    ]);
  });
  it("takes no notice of runs added by hand, and says so", () => {
    const seed = 2000 + 13;
    const extra = { ...rates.trials[0]!, seed };
    const topped = rowOf("H1", { ...rates, trials: [...rates.trials, extra] });
    assert.equal(topped.state, "SUPPORTED");
    assert.match(
      topped.reason!,
      /^asked for by no look of learning_rate, added by hand .*: 1 of its runs$/,
    );
    assert.deepEqual(topped.parts, rowOf("H1", rates).parts);
  });
  it("accuses nobody of later runs where one of the first is lost", () => {
    const { state, reason } = rowOf("H1", {
      ...rates,
      trials: rates.trials.slice(1),
    });
    assert.deepEqual([state, reason], [
      "NOT RUN",
      "H1: look 1 has not all its runs",
    ]);
  });
  it("is not believed where its plan was changed after it was fixed", () => {
    const { night } = rates.study.plan!.settings;
    const plan = { ...rates.study.plan!, settings: { night, extra: 1 } };
    const { state, reason } = rowOf("H1", {
      ...rates,
      study: { ...rates.study, plan },
    });
    assert.equal(state, "NOT RUN");
    assert.match(reason!, /its plan was changed/);
    const changed = { ...rates, study: { ...rates.study, plan } };
    assert.equal(rowOf("H3", rates).state, "REFUTED");
    assert.equal(rowOf("H3", changed).state, "NOT RUN");
    assert.doesNotMatch(of(changed).findings.join("\n"), /times AdamW's/);
  });
  it("waits for the question that a claim without one of its own stands on", () => {
    const layers = nightStudy("layer_norm", {}, {}, []);
    for (const id of ["H6", "H7"]) {
      assert.equal(
        rowOf(id, rates, layers).reason,
        "H7 sing: look 1 has not all its runs",
      );
    }
  });
  it("is NOT RUN, and nothing throws, whatever its plan says", () => {
    for (const night of [undefined, null, 1, [], { arms: { sing: null } }]) {
      const study = { ...rates.study, plan: planOf({ night }) };
      assert.equal(rowOf("H1", { ...rates, study }).state, "NOT RUN");
    }
  });
  it("keeps its looks as a function of its rows", () => {
    const evidence = exampleEvidence([rates]);
    const looks = looksOf(studyTable(evidence.studies[0]!, evidence));
    assert.deepEqual([...new Set(looks.map((it) => it.question))], [
      "H1",
      "H3",
    ]);
    assert.equal(looks[0]!.look, 1);
    assert.equal(JSON.stringify(looks).includes("null,null"), false);
  });
});

describe("a control at night", () => {
  const arms = {
    "adamw": { seed: 2000, from: -16 },
    "adamw slowed": { seed: 3000, from: -12 },
  };
  const planted = (shift: number) =>
    nightStudy(
      "controls",
      { "adamw": valley(-2.5), "adamw slowed": valley(-2.5 + shift) },
      arms,
      ["control"],
    );
  it("is CALIBRATED where what was planted is found, and not where it is missed", () => {
    assert.equal(of(planted(0.9)).controls[0]!.state, "CALIBRATED");
    assert.equal(of(planted(2.2)).controls[0]!.state, "NOT CALIBRATED");
  });
  it("is NOT CHECKED where it failed midway", () => {
    const whole = planted(0.9);
    const cut = { ...whole, trials: whole.trials.slice(0, 30) };
    const { state, reason } = of(rates, cut).controls[0]!;
    assert.deepEqual([state, reason], [
      "NOT CHECKED",
      "look 1 has not all its runs",
    ]);
  });
});

describe("weight decay at night", () => {
  const decays = (gain: number) =>
    nightStudy("weight_decay", {
      sing: decayLine(-1.2, gain, -2),
      adamw: decayLine(-0.2, gain, -1),
    });
  it("has NO OPTIMUM with its sentences, and the ceilings beside it", () => {
    const study = decays(0);
    const row = rowOf("H2", study);
    assert.equal(row.state, "NO OPTIMUM");
    assert.equal(row.secondRecords.at(-1)!.state, "SUPPORTED");
    const sentence = of(study).findings[0]!;
    assert.match(
      sentence,
      /no weight decay is surely better than none by more than 3%/,
    );
    assert.match(sentence, /SING stands 0\.\d+ times AdamW's/);
  });
  it("closes H4's half behind the gate, so that nothing is waited for", () => {
    // Report runs are played at a rate of 1.
    const reported = nightStudy(
      "learning_rate",
      {
        sing: valley(-1.5),
        adamw: valley(-2.5),
        [ARMS.singListed]: valley(0),
        [ARMS.singByRule]: valley(0),
      },
      NIGHT_ARMS,
      ["rate", "edge", "score"],
    );
    const { state, reason, parts } = rowOf("H4", reported, decays(0));
    assert.equal(reason, undefined);
    assert.equal(state, "NO OPTIMUM");
    const states = parts.map((part) => part.state).join();
    assert.equal(states, "SUPPORTED,SUPPORTED,NO OPTIMUM,NO OPTIMUM");
    const said = of(reported, decays(0)).findings.join("\n");
    assert.match(said, /H4 .*: none is surely better than no decay\.$/m);
    assert.match(said, /Not run: H5;/);
    assert.match(said, /The rule's weight decay is not tried with cnn: there/);
  });
  it("says whose gate it was, where the other's decay surely helps", () => {
    const study = nightStudy("weight_decay", {
      sing: decayLine(-1.2, 0.3, -2),
      adamw: decayLine(-0.2, 0, -1),
    });
    const { state, parts } = rowOf("H4", study);
    assert.equal(state, "NOT RUN"); // the half of learning rates
    const [range, listed] = parts.slice(2);
    assert.equal(range!.state, "SUPPORTED");
    assert.deepEqual([listed!.state, listed!.reason], [
      "NO OPTIMUM",
      "closed with H2, as no decay of adamw surely helps",
    ]);
    assert.match(of(study).findings[0]!, /no weight decay of AdamW is surely/);
  });
  it("is judged like H1 where decay surely helps", () => {
    assert.equal(rowOf("H2", decays(0.3)).state, "SUPPORTED");
  });
});

describe("planDifference", () => {
  it("names the first thing that differs", () => {
    const one = planOf({ sizes: { tune: 4 }, arms: ["sing"] });
    assert.equal(planDifference(one, one), null);
    assert.equal(
      planDifference(one, planOf({ sizes: { tune: 5 }, arms: ["sing"] })),
      "sizes.tune is 4 in one and 5 in the other",
    );
    assert.equal(
      planDifference(one, planOf({ arms: ["sing"] })),
      'sizes is {"tune":4} in one and absent in the other',
    );
    assert.match(
      planDifference(one, undefined)!,
      /night in one and not recorded/,
    );
  });
});

describe("the quick profile", () => {
  const RATES = { adamw: [-12, -10, -8, -6, -4], sing: [-10, -8, -6, -4, -2] };
  const quick = (
    experiment: string,
    best: { sing: number; adamw: number },
  ): ExampleStudy => ({
    study: {
      experiment,
      plan: { ...planOf({ sizes: { quick: true } }), kind: "fixed" },
    },
    trials: (["adamw", "sing"] as const).flatMap((arm) =>
      [1, 2, 3].flatMap((seed) => {
        const y = (rate: number) =>
          0.5 * (rate - best[arm]) ** 2 + 0.001 * seed;
        const at = { arm, seed, stage: "tune" as const };
        const tune = RATES[arm].map((it) => ({
          ...at,
          learningRate: Number((10 ** (it / 4)).toPrecision(12)),
          weightDecay: 0,
          y: y(it / 4),
        }));
        const lowest = tune.toSorted((a, b) => a.y - b.y)[0]!;
        const decay = [0.1, 1].map((weightDecay) => ({
          ...lowest,
          stage: "decay tune" as const,
          weightDecay,
          y: lowest.y + 0.05 * weightDecay + 0.002 * seed,
        }));
        return experiment === "weight_decay" ? [...tune, ...decay] : tune;
      })
    ),
  });
  it("says a ratio with its interval, and no verdict word", () => {
    const study = quick("learning_rate", { sing: -1.5, adamw: -2.2 });
    const { state, parts: [part], label } = rowOf("H1", study);
    assert.deepEqual([state, label], ["NO VERDICT", "preliminary"]);
    assert.ok(part!.finding.kind === "estimate");
    const { mean, interval90 } = part!.finding.estimate;
    // 2.92 times the least sd that is believed, over the root of three seeds, and 0.2.
    const half = 2.92 * 0.0625 / Math.sqrt(3) + 0.2;
    assert.ok(Math.abs(interval90.high - mean - half) < 1e-4);
    const [sentence] = of(study).findings;
    assert.match(sentence!, /is higher than AdamW's: \S+ times AdamW's/);
    assert.doesNotMatch(sentence!, /SUPPORTED|[Tt]enfold|Ten times/);
  });
  it("says at least where SING's lowest mean is at the top end", () => {
    const study = quick("learning_rate", { sing: 0, adamw: -2.2 });
    const { finding } = rowOf("H1", study).parts[0]!;
    assert.ok(finding.kind === "range" && finding.range.high === Infinity);
    assert.match(of(study).findings[0]!, /at least \S+ times/);
  });
  it("says what a weight decay changes, an optimizer and a decay each", () => {
    const study = quick("weight_decay", { sing: -1.5, adamw: -2.2 });
    const { state, parts } = rowOf("H2", study);
    assert.equal(state, "NO VERDICT");
    assert.equal(parts.length, 4);
    const { finding } = parts[1]!;
    assert.ok(finding.kind === "estimate");
    const { mean, sd, interval90 } = finding.estimate;
    assert.ok(Math.abs(interval90.high - mean - 1.686 * sd) < 1e-3 * sd);
  });
});

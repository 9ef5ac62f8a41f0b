import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import type { State } from "../statistics/verdict.ts";
import {
  curve,
  ending,
  type ExampleStudy,
  range,
} from "./testdata/example_evidence.ts";
import {
  learningRateStudy,
  reportStudy,
  weightDecayStudy,
} from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

const known: readonly [what: string, study: ExampleStudy, state: State][] = [
  ["a tenfold ratio", learningRateStudy({ d: 1 }), "SUPPORTED"],
  ["equal best rates", learningRateStudy({ d: 0 }), "REFUTED"],
  ["a hundredfold ratio", learningRateStudy({ d: 2 }), "REFUTED"],
  [
    "a ratio near the band's end",
    learningRateStudy({ d: 0.62 }),
    "INCONCLUSIVE",
  ],
  [
    "SING's best below a grid that lies below AdamW's best",
    learningRateStudy({ sing: { positions: range(-20, 9), best: -5.5 } }),
    "REFUTED(bound)",
  ],
  [
    "SING's best above its grid",
    learningRateStudy({ sing: { positions: range(-14, 9), best: -1 } }),
    "INVALID(edge)",
  ],
  [
    "a flat response",
    learningRateStudy({ sing: { y: () => 0.5, noise: 0 } }),
    "INVALID(flat)",
  ],
  [
    "an arm that always diverged",
    learningRateStudy({ adamw: { y: () => "diverged" } }),
    "INVALID(diverged)",
  ],
];

describe("readBestLearningRate", () => {
  for (const [what, study, state] of known) {
    it(`is ${state} for ${what}`, () => {
      assert.equal(rowOf("H1", study).state, state);
    });
  }

  it("holds the truth and all numbers that the verdict rests on", () => {
    const row = rowOf("H1", learningRateStudy({ d: 1 }));
    const [part] = row.parts;
    assert.equal(row.n, 10);
    assert.equal(row.holdsTenfold, true);
    assert.equal(part!.unit, "decades");
    assert.equal(part!.band!.words, "between 3x and 32x");
    assert.ok(part!.finding.kind === "estimate");
    const { mean, values, allowance } = part!.finding.estimate;
    assert.equal(values.length, 10);
    isClose(mean, 1, 0.05);
    isClose(allowance, 0.1, 1e-12); // 2/5 of a cell of 0.25
  });

  it("is INCONCLUSIVE with the seeds that would do, or why none are asked for", () => {
    const noisy = { noise: 0.02 };
    const few = rowOf(
      "H1",
      learningRateStudy({ n: 3, d: 0.8, sing: noisy, adamw: noisy }),
    );
    assert.equal(few.state, "INCONCLUSIVE");
    assert.ok(few.seedsNeeded! > 3);
    const one = rowOf("H1", learningRateStudy({ n: 1 }));
    assert.deepEqual(
      [one.state, one.seedsNeeded, one.reason],
      ["INCONCLUSIVE", null, "one seed shows no spread"],
    );
  });

  for (
    const [n, label] of [[3, "preliminary"], [5, "low power"], [
      10,
      "published",
    ]] as const
  ) {
    it(`is ${label} with ${n} seeds, whatever else is reported`, () => {
      assert.equal(rowOf("H1", learningRateStudy({ n })).label, label);
    });
  }

  it("is NOT RUN with a run missing, failed or useless, or an optimizer absent", () => {
    const { study, trials } = learningRateStudy();
    for (const y of ["missing", "failed", "unscored"] as const) {
      const torn = ending(
        trials,
        y,
        ({ seed, arm }) => seed === 2004 && arm === "sing",
      );
      const row = rowOf("H1", { study, trials: torn });
      assert.deepEqual([row.state, row.n, row.label], ["NOT RUN", 0, null]);
      assert.equal(row.reason, `learning_rate: 9 ${y} of 180 tune runs`);
      assert.deepEqual(row.parts[0]!.finding, { kind: "missing" });
    }
    const lone = trials.filter(({ arm }) => arm === "sing");
    const row = rowOf("H1", { study, trials: lone });
    assert.equal(row.reason, "learning_rate: no tune runs of adamw");
  });

  it("is NOT RUN where the arms have unlike seeds", () => {
    const { study, trials } = learningRateStudy();
    const moved = trials.map((it) =>
      it.arm === "sing" ? { ...it, seed: it.seed + 1 } : it
    );
    const row = rowOf("H1", { study, trials: moved });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "its arms have unlike seeds"],
    );
  });

  it("counts diverged runs at a cliff, and widens the interval for it", () => {
    const cliff = (decades: number) =>
      decades > 0.1 ? "diverged" : curve(decades);
    const study = learningRateStudy({ sing: { y: cliff } });
    const [part] = rowOf("H1", study).parts;
    assert.ok(part!.finding.kind === "estimate");
    isClose(part!.finding.estimate.allowance, 0.1 + 0.125, 1e-12);
  });

  it("has the narrow band beside it, and the ratio at each arm's own weight decay", () => {
    const alone = rowOf("H1", learningRateStudy({ d: 1 })).secondRecords;
    assert.deepEqual(alone.map(({ state, band }) => [state, band!.words]), [
      ["SUPPORTED", "5x to 20x"],
      ["NOT RUN", "between 3x and 32x"],
    ]);
    const both = rowOf("H1", learningRateStudy({ d: 1 }), weightDecayStudy());
    const { finding, state } = both.secondRecords[1]!;
    assert.equal(state, "SUPPORTED");
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1, 0.05);
  });

  it("does not hold tenfold where the interval does not, and says nothing without one", () => {
    const holds = (study: ExampleStudy) => rowOf("H1", study).holdsTenfold;
    assert.equal(holds(learningRateStudy({ d: 0.5 })), false);
    assert.equal(holds(known[5]![1]), null);
  });

  it("has the mechanism's prediction for the network's tensors", () => {
    const tensor = { name: "w", rescales: false };
    const parameters = [
      { ...tensor, shape: [3, 3, 64, 64] },
      { ...tensor, shape: [64] },
    ];
    const { predicted } = rowOf(
      "H1",
      learningRateStudy({ study: { parameters } }),
    );
    isClose(10 ** predicted!, 6.4, 0.05); // a 64 -> 64 3x3 convolution
    assert.equal(rowOf("H1", learningRateStudy()).predicted, null);
  });

  it("has the regret of the rule beside it, if that was run on the same images", () => {
    const ys = { "sing": 0.2, "sing by the rule": 0.25 };
    const rule = reportStudy("rule", ys);
    const { regret } = rowOf("H1", learningRateStudy(), rule);
    assert.equal(regret!.verdict.state, "REFUTED");
    assert.equal(rowOf("H1", learningRateStudy()).regret, null);
    const trials = rule.trials.map((it) => ({
      ...it,
      config: { datasetDigest: "other" },
    }));
    const unlike = rowOf("H1", learningRateStudy(), { ...rule, trials });
    assert.equal(unlike.regret, null);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judgeAlarm } from "../statistics/alarm.ts";
import { isClose } from "../statistics/testdata/respond.ts";
import type { State } from "../statistics/verdict.ts";
import { registerOf } from "./judge.ts";
import {
  curve,
  ending,
  exampleEvidence,
  type ExampleStudy,
  type ExampleTrial,
  overLearningRates,
  range,
} from "./testdata/example_evidence.ts";
import {
  claimOf,
  controlStudy,
  learningRateStudy,
  listedTrials,
  reportStudy,
  rowOf,
  watchedMetrics,
  weightDecayStudy,
} from "./testdata/example_studies.ts";

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

describe("readBestWeightDecay", () => {
  for (
    const [singDecay, state, tenfold] of [
      [-2.5, "SUPPORTED", true],
      [-1.5, "REFUTED", false],
      [-3.5, "REFUTED", false],
      [-1.9, "INCONCLUSIVE", false],
    ] as const
  ) {
    it(`is ${state} where SING's is 1e${singDecay} and AdamW's 1e-1.5`, () => {
      const row = rowOf("H2", weightDecayStudy({ singDecay }));
      assert.deepEqual([row.state, row.holdsTenfold], [state, tenfold]);
      const { finding } = row.parts[0]!;
      assert.ok(finding.kind === "estimate");
      isClose(finding.estimate.mean, singDecay + 1.5, 0.06);
      isClose(finding.estimate.allowance, 0.2, 1e-12); // 2/5 of a cell of 0.5
    });
  }

  it("has the narrow band beside it, and both numbers' regret of the rule", () => {
    const rule = reportStudy("rule", {
      "sing with decay": 0.2,
      "sing with decay by the rule": 0.2,
    });
    const row = rowOf("H2", weightDecayStudy(), rule);
    assert.deepEqual(
      row.secondRecords.map(({ band }) => band!.words),
      ["5x to 20x lower"],
    );
    assert.equal(row.regret!.verdict.state, "SUPPORTED");
    assert.equal(row.predicted, null);
  });

  it("is NOT RUN with one run missing", () => {
    const { study, trials } = weightDecayStudy();
    const torn = [...ending(trials.slice(0, 1), "missing"), ...trials.slice(1)];
    const row = rowOf("H2", { study, trials: torn });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "weight_decay: 1 missing of 1000 decay tune runs"],
    );
  });

  it("is labelled by its tune seeds", () => {
    const label = (n: number) => rowOf("H2", weightDecayStudy({ n })).label;
    assert.deepEqual([label(4), label(9), label(10)], [
      "preliminary",
      "low power",
      "published",
    ]);
  });
});

/** SING's best rate is 1e-2; its grid ends at 1e-1 and is searched up to `top`, in cells. */
function searched(
  { breaksFrom, top }: { breaksFrom: number; top: number },
): ExampleStudy {
  const y = (decades: number) =>
    decades > breaksFrom - 1e-9 ? "diverged" : curve(decades);
  const { study, trials } = learningRateStudy({ sing: { y } });
  const edge = overLearningRates({
    stage: "edge",
    arm: "sing",
    seeds: range(2000, 10),
    positions: range(-3, Math.max(0, top + 4)),
    best: -2,
    y,
  });
  return { study, trials: [...trials, ...edge, ...listedTrials()] };
}

describe("readEdgeOfBreaking", () => {
  it("is SUPPORTED where training breaks just above the best rate", () => {
    const row = rowOf("H3", searched({ breaksFrom: 0.25, top: -4 }));
    assert.equal(row.state, "SUPPORTED");
    const { finding } = row.parts[0]!;
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.allowance, 0.225, 1e-12); // 9/10 of a cell
  });
  it("is REFUTED where it breaks more than 3x above it, seen in the edge stage", () => {
    const row = rowOf("H3", searched({ breaksFrom: 1.5, top: -2 }));
    assert.equal(row.state, "REFUTED");
    const { finding } = row.parts[0]!;
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1.375, 0.03); // between 1.25 and 1.5
  });
  it("is REFUTED where two decades above the best rate nothing broke", () => {
    const row = rowOf("H3", searched({ breaksFrom: 9, top: 1 }));
    assert.equal(row.state, "REFUTED");
    assert.equal(row.parts[0]!.finding.kind, "range");
  });
  it("is NOT RUN before the search has come to its end", () => {
    for (const top of [-4, -2]) {
      const row = rowOf("H3", searched({ breaksFrom: 9, top }));
      assert.deepEqual(
        [row.state, row.reason],
        ["NOT RUN", "the search for the edge has not ended"],
      );
      assert.deepEqual(row.parts[0]!.finding, { kind: "missing" });
    }
  });
  it("is NOT RUN with a run of the search missing", () => {
    const { study, trials } = searched({ breaksFrom: 1.5, top: -2 });
    const torn = ending(
      trials,
      "missing",
      ({ stage, seed }) => stage === "edge" && seed === 2000,
    );
    const row = rowOf("H3", { study, trials: torn });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "learning_rate: 2 missing of 20 edge runs"],
    );
  });
  it("is NOT RUN where nothing came after the tune grid, as in the quick profile", () => {
    const { study, trials } = searched({ breaksFrom: 0.25, top: -4 });
    const tuned = trials.filter(({ stage }) => stage === "tune");
    const row = rowOf("H3", { study, trials: tuned });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "no search for the edge"],
    );
  });
  it("needs no AdamW", () => {
    const { study, trials } = searched({ breaksFrom: 0.25, top: -4 });
    const lone = trials.filter(({ arm }) => arm === "sing");
    assert.equal(rowOf("H3", { study, trials: lone }).state, "SUPPORTED");
  });
});

interface Options {
  readonly d?: number;
  readonly singDecay?: number;
  /** Rises of y at the best listed rate and at the best listed pair. */
  readonly worse?: readonly [rate: number, pair: number];
  readonly n?: number;
  readonly m?: number;
}

function studies(
  { d = 1, singDecay = -2.5, worse = [0, 0], n = 10, m = 20 }: Options = {},
): [ExampleStudy, ExampleStudy] {
  const add = (it: ExampleStudy, worse: number): ExampleStudy => ({
    ...it,
    trials: [...it.trials, ...listedTrials({ n, m, worse })],
  });
  return [
    add(learningRateStudy({ n, d }), worse[0]),
    add(weightDecayStudy({ n, singDecay }), worse[1]),
  ];
}

const row = (options?: Options) => rowOf("H4", ...studies(options));

describe("readSearchSpace", () => {
  for (
    const [what, options, state] of [
      ["all is inside and nothing is worse", {}, "SUPPORTED"],
      ["the best rate is below the list", { d: 0 }, "REFUTED"],
      ["the best weight decay is below it", { singDecay: -4.5 }, "REFUTED"],
      ["the best listed rate is worse", { worse: [0.05, 0] }, "REFUTED"],
      ["the best listed pair is worse", { worse: [0, 0.05] }, "REFUTED"],
      [
        "one is about as worse as the margin",
        { worse: [0, 0.02] },
        "INCONCLUSIVE",
      ],
    ] as [string, Options, string][]
  ) {
    it(`is ${state} where ${what}`, () => {
      assert.equal(row(options).state, state);
    });
  }

  it("has four parts, in words and with what each is judged against", () => {
    assert.deepEqual(
      row().parts.map(({ name, band, n }) => [name, band!.words, n]),
      [
        ["best learning rate", "between 5e-3 and 1e-1", 10],
        [
          "best listed learning rate, against the best",
          "less than 2% more loss",
          20,
        ],
        ["best weight decay", "between 5e-4 and 5e-1", 10],
        ["best listed pair, against the best", "less than 2% more loss", 20],
      ],
    );
  });

  it("is REFUTED by one part that has all its runs, and else NOT RUN where one study is missing", () => {
    const alone = (d: number, change = (it: ExampleStudy) => it) => {
      const { state, reason, label, parts } = rowOf(
        "H4",
        change(studies({ d })[0]),
      );
      return [state, reason, label, ...parts.map((it) => it.state)];
    };
    const absent = ["NOT RUN", "NOT RUN"];
    assert.deepEqual(alone(0), [
      ...["REFUTED", undefined, "published", "REFUTED", "SUPPORTED"],
      ...absent,
    ]);
    const unfinished = ["NOT RUN", "no study of weight_decay", null];
    assert.deepEqual(alone(1), [
      ...[...unfinished, "SUPPORTED", "SUPPORTED"],
      ...absent,
    ]);
    const cut = (it: ExampleStudy) => ({
      ...it,
      trials: ending(
        it.trials,
        "missing",
        ({ stage, seed }) => stage === "tune" && seed % 1000 === 3,
      ),
    });
    assert.deepEqual(alone(0, cut).slice(0, 3), unfinished);
  });

  it("is NOT RUN where one listed or report run is missing", () => {
    const [rates, decays] = studies();
    for (const stage of ["listed", "report"]) {
      const trials = ending(
        rates.trials,
        "missing",
        (it) => it.stage === stage && it.seed % 1000 === 3,
      );
      assert.equal(rowOf("H4", { ...rates, trials }, decays).state, "NOT RUN");
    }
  });

  it("is labelled by tune and report seeds", () => {
    const label = (n: number, m: number) => row({ n, m }).label;
    assert.equal(label(10, 20), "published");
    assert.equal(label(10, 19), "low power");
    assert.equal(label(9, 20), "low power");
    assert.equal(label(10, 4), "preliminary");
  });
});

const schedules = (constant: number, cosine: number, constantCosine: number) =>
  reportStudy("schedule", {
    "sing constant": constant,
    "sing cosine": cosine,
    "sing constant cosine": constantCosine,
  });

describe("readSchedules", () => {
  for (
    const [constant, cosine, constantCosine, state] of [
      [0.2, 0.15, 0.2, "SUPPORTED"],
      [0.2, 0.15, 0.25, "REFUTED"],
      [0.2, 0.25, 0.15, "REFUTED"],
      [0.2, 0.22, 0.15, "INCONCLUSIVE"],
    ] as const
  ) {
    it(`is ${state} for y of ${cosine} and ${constantCosine} against ${constant}`, () => {
      const row = rowOf("H5", schedules(constant, cosine, constantCosine));
      assert.equal(row.state, state);
      const gaps = [cosine - constant, constantCosine - constant];
      for (const [i, { finding, comparison, unit }] of row.parts.entries()) {
        assert.ok(finding.kind === "estimate");
        isClose(finding.estimate.mean, gaps[i]!, 0.003);
        assert.deepEqual(comparison!.verdict.finding, finding);
        assert.equal(unit, "y");
      }
    });
  }

  it("is NOT RUN without one of the schedules", () => {
    const { study, trials } = schedules(0.2, 0.2, 0.2);
    const without = trials.filter(({ arm }) => arm !== "sing cosine");
    const row = rowOf("H5", { study, trials: without });
    assert.equal(row.state, "NOT RUN");
    assert.match(row.reason!, /^schedule: no tune runs of sing cosine/);
  });
});

const seeds = 10;

/** A study of 200 steps whose runs with learnt norms raise so many alarms; freezing gains `gain`. */
function watched(
  model: string,
  { alarms, gain, n = 10 }: { alarms: number; gain: number; n?: number },
): ExampleStudy {
  const ys = { "sing": 0.3, "sing frozen": 0.3 - gain };
  const { study, trials } = reportStudy("layer_norm", ys, {
    study: {
      model,
      parameters: [{ name: "norm/gain", shape: [2], rescales: true }],
    },
    n,
    m: seeds,
  });
  const watch = (it: ExampleTrial): ExampleTrial => ({
    ...it,
    metrics: watchedMetrics(200, it.seed - 100_000 < alarms ? 1 : -1),
  });
  return {
    study,
    trials: trials.map((it) =>
      it.stage === "report" && it.arm === "sing" ? watch(it) : it
    ),
  };
}

const firing = (model: string, gain: number) =>
  watched(model, { alarms: 8, gain });
const silent = (model: string, gain: number) =>
  watched(model, { alarms: 2, gain });

describe("readNormAlarm", () => {
  for (
    const [what, study, state, words] of [
      ["it fires and freezing helps", firing("a", 0.05), "SUPPORTED", "fires"],
      [
        "it fires and freezing does nothing",
        firing("a", 0),
        "REFUTED",
        "fires",
      ],
      [
        "it fires and the gain is not told from 1%",
        firing("a", 0.01),
        "INCONCLUSIVE",
        "fires",
      ],
      [
        "it is silent and freezing does nothing",
        silent("a", 0),
        "SUPPORTED",
        "silent",
      ],
      [
        "it is silent and freezing helps",
        silent("a", 0.05),
        "REFUTED",
        "silent",
      ],
    ] as [string, ExampleStudy, string, string][]
  ) {
    it(`is ${state} where ${what}`, () => {
      const row = rowOf("H6", study);
      const [part] = row.parts;
      assert.equal(row.state, state);
      assert.match(part!.band!.words, new RegExp(words));
      assert.equal(row.n, seeds);
      // The rule for all workloads holds each one to the same.
      const { finding } = part!;
      const kind = { alarms: row.alarms!, gain: finding };
      const [helped, useless] = [
        rowOf("H6", firing("a", 0.05)),
        rowOf("H6", silent("a", 0)),
      ].map(({ alarms, parts }) => ({
        alarms: alarms!,
        gain: parts[0]!.finding,
      }));
      const rest = [helped!, helped!, useless!, useless!];
      assert.equal(judgeAlarm([...rest, kind]).state, state);
    });
  }

  it("is INCONCLUSIVE where the seeds disagree", () => {
    const row = rowOf("H6", watched("a", { alarms: 5, gain: 0.05 }));
    assert.deepEqual(
      [row.state, row.reason, row.parts[0]!.band],
      ["INCONCLUSIVE", "the seeds disagree on the alarm", null],
    );
    assert.deepEqual(row.alarms, Array.from({ length: 10 }, (_, i) => i < 5));
  });

  it("is NOT RUN where a report run was not watched", () => {
    const { study, trials } = firing("a", 0.05);
    const blind = trials.map((it) =>
      it.seed === 100_003 ? { ...it, metrics: [] } : it
    );
    const row = rowOf("H6", { study, trials: blind });
    assert.deepEqual(
      [row.state, row.reason],
      [
        "NOT RUN",
        "the alarm needs gradient norms in each of 20 parts of a run",
      ],
    );
  });

  it("alone reads measurements", () => {
    const studies = [firing("a", 0.05), learningRateStudy()];
    const evidence = exampleEvidence(studies);
    const asked: string[] = [];
    const metrics = (id: string) => (asked.push(id), evidence.metrics(id));
    registerOf({ ...evidence, metrics }, "quick");
    const [normStudy] = evidence.studies;
    const watchedRuns = normStudy!.cases.filter(({ stage, arm }) =>
      stage === "report" && arm === "sing"
    );
    assert.deepEqual(asked, watchedRuns.map(({ runId }) => runId));
  });
});

describe("the claim on all workloads", () => {
  const four = (last: ExampleStudy) => [
    firing("a", 0.05),
    firing("b", 0.05),
    silent("c", 0),
    last,
  ];
  it("is SUPPORTED where every workload is, with two of each kind", () => {
    assert.equal(claimOf("H6", ...four(silent("d", 0))).state, "SUPPORTED");
  });
  it("is REFUTED by one workload", () => {
    assert.equal(claimOf("H6", ...four(silent("d", 0.05))).state, "REFUTED");
  });
  it("is INCONCLUSIVE without two of each kind", () => {
    const { state, reason } = claimOf("H6", ...four(firing("d", 0.05)));
    assert.deepEqual([state, reason], ["INCONCLUSIVE", "no contrast"]);
  });
  it("leaves out workloads that are NOT CALIBRATED", () => {
    const missed = controlStudy({ study: { model: "d" }, shift: 0 });
    const row = claimOf("H6", ...four(silent("d", 0.05)), missed);
    assert.equal(row.workloads[3]!.state, "NOT CALIBRATED");
    assert.deepEqual([row.state, row.reason], ["INCONCLUSIVE", "no contrast"]);
  });
});

const gain = { name: "norm/gain", shape: [64], rescales: true };
const kernel = { name: "kernel", shape: [64, 64], rescales: false };

const frozen = (sing: number, adamw: number) =>
  reportStudy("layer_norm", {
    "sing": 0.2,
    "sing frozen": 0.2 + sing,
    "adamw": 0.3,
    "adamw frozen": 0.3 + adamw,
  }, { study: { parameters: [kernel, gain] } });

describe("readFrozenNorms", () => {
  for (
    const [sing, adamw, state] of [
      [0, 0, "SUPPORTED"],
      [0, 0.05, "REFUTED"],
      [0.05, 0, "REFUTED"],
      [-0.05, 0.02, "INCONCLUSIVE"],
    ] as const
  ) {
    it(`is ${state} where freezing costs SING ${sing} and AdamW ${adamw}`, () => {
      assert.equal(rowOf("H7", frozen(sing, adamw)).state, state);
    });
  }

  it("is NOT APPLICABLE to a network known to have no such layers", () => {
    const of = (study: object) => {
      const { state, reason } = rowOf("H7", learningRateStudy({ study }));
      return [state, reason];
    };
    assert.deepEqual(of({ parameters: [kernel] }), [
      "NOT APPLICABLE",
      undefined,
    ]);
    const notRun = ["NOT RUN", "no study of layer_norm"];
    assert.deepEqual(of({ parameters: [kernel, gain] }), notRun);
    assert.deepEqual(of({}), notRun);
  });
});

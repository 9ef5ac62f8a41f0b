import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judgeAlarm } from "../statistics/alarm.ts";
import { isClose } from "../statistics/testdata/respond.ts";
import type { State } from "../statistics/verdict.ts";
import type { ClaimId } from "./claims.ts";
import { registerOf } from "./judge.ts";
import {
  armTrials,
  type Ending,
  ending,
  exampleEvidence,
  type ExampleStudy,
  type ExampleTrial,
  firstCurve,
  range,
} from "./testdata/example_evidence.ts";
import {
  claimOf,
  controlStudy,
  learningRateStudy as rates,
  listedTrials,
  reportStudy,
  rowOf,
  watchedMetrics,
  weightDecayStudy as decays,
} from "./testdata/example_studies.ts";

/** A study with some of its runs ended otherwise. */
function torn(
  { study, trials }: ExampleStudy,
  y: Ending,
  picks: (trial: ExampleTrial) => boolean,
): ExampleStudy {
  return { study, trials: ending(trials, y, picks) };
}

/** A study without some of its runs. */
function kept(
  { study, trials }: ExampleStudy,
  picks: (trial: ExampleTrial) => boolean,
): ExampleStudy {
  return { study, trials: trials.filter(picks) };
}

const ofSing = ({ arm }: ExampleTrial) => arm === "sing";

/** SING's best rate is 1e-2; its grid ends at 1e-1 and is searched up to `top`, in cells. */
function searched(breaksFrom: number, top: number): ExampleStudy {
  const y = (decades: number) =>
    decades > breaksFrom - 1e-9 ? "diverged" : firstCurve(decades);
  const { study, trials } = rates({ sing: { y } });
  const edge = armTrials({
    stage: "edge",
    arm: "sing",
    seeds: range(2000, 10),
    positions: range(-3, Math.max(0, top + 4)),
    best: -2,
    y,
  });
  return { study, trials: [...trials, ...edge, ...listedTrials()] };
}

interface Options {
  readonly d?: number;
  readonly singDecay?: number;
  /** Rises of y at the best listed rate and at the best listed pair. */
  readonly worse?: readonly [rate: number, pair: number];
  readonly n?: number;
  readonly m?: number;
}

/** Both studies of H4. */
function spaces(
  { d = 1, singDecay = -2.5, worse = [0, 0], n = 10, m = 20 }: Options = {},
): [ExampleStudy, ExampleStudy] {
  const add = (it: ExampleStudy, worse: number): ExampleStudy => ({
    ...it,
    trials: [...it.trials, ...listedTrials({ n, m, worse })],
  });
  return [
    add(rates({ n, d }), worse[0]),
    add(decays({ n, singDecay }), worse[1]),
  ];
}

const schedules = (constant: number, cosine: number, constantCosine: number) =>
  reportStudy("schedule", {
    "sing constant": constant,
    "sing cosine": cosine,
    "sing constant cosine": constantCosine,
  });

/** Report seeds of {@link watched}. */
const SEEDS = 10;

/** A study of 200 steps whose runs with learnt norms raise so many alarms; freezing gains `gain`. */
function watched(model: string, alarms: number, gain: number): ExampleStudy {
  const parameters = [{ name: "norm/gain", shape: [2], rescales: true }];
  const ys = { "sing": 0.3, "sing frozen": 0.3 - gain };
  const { study, trials } = reportStudy("layer_norm", ys, {
    study: { model, parameters },
    m: SEEDS,
  });
  const watch = (it: ExampleTrial): ExampleTrial => ({
    ...it,
    metrics: watchedMetrics(200, it.seed - 100_000 < alarms ? 1 : -1),
  });
  return {
    study,
    trials: trials.map((it) =>
      it.stage === "report" && ofSing(it) ? watch(it) : it
    ),
  };
}

const firing = (model: string, gain: number) => watched(model, 8, gain);
const silent = (model: string, gain: number) => watched(model, 2, gain);

const GAIN = { name: "norm/gain", shape: [64], rescales: true };
const KERNEL = { name: "kernel", shape: [64, 64], rescales: false };

/** What freezing LayerNorm costs SING and AdamW. */
const frozen = (sing: number, adamw: number) =>
  reportStudy("layer_norm", {
    "sing": 0.2,
    "sing frozen": 0.2 + sing,
    "adamw": 0.3,
    "adamw frozen": 0.3 + adamw,
  }, { study: { parameters: [KERNEL, GAIN] } });

type Known = readonly [ClaimId, string, State, ...ExampleStudy[]];

const BELOW = rates({ sing: { positions: range(-20, 9), best: -5.5 } });
const ABOVE = rates({ sing: { positions: range(-14, 9), best: -1 } });
const FLAT = rates({ sing: { y: () => 0.5, noise: 0 } });
const DEAD = rates({ adamw: { y: () => "diverged" } });

const STATES: readonly Known[] = [
  ["H1", "a tenfold ratio", "SUPPORTED", rates({ d: 1 })],
  ["H1", "equal best rates", "REFUTED", rates({ d: 0 })],
  ["H1", "a hundredfold ratio", "REFUTED", rates({ d: 2 })],
  ["H1", "a ratio near the band's end", "INCONCLUSIVE", rates({ d: 0.62 })],
  ["H1", "a best below a grid below AdamW's best", "REFUTED(bound)", BELOW],
  ["H1", "SING's best above its grid", "INVALID(edge)", ABOVE],
  ["H1", "a flat response", "INVALID(flat)", FLAT],
  ["H1", "an arm that always diverged", "INVALID(diverged)", DEAD],
  ["H2", "a tenth", "SUPPORTED", decays({ singDecay: -2.5 })],
  ["H2", "equal decays", "REFUTED", decays({ singDecay: -1.5 })],
  ["H2", "a hundredth", "REFUTED", decays({ singDecay: -3.5 })],
  ["H2", "one near the end", "INCONCLUSIVE", decays({ singDecay: -1.9 })],
  ["H3", "an edge just above the best rate", "SUPPORTED", searched(0.25, -4)],
  ["H3", "one far above, of the edge stage", "REFUTED", searched(1.5, -2)],
  ["H3", "nothing broken up to two decades above", "REFUTED", searched(9, 1)],
  ["H3", "no AdamW", "SUPPORTED", kept(searched(0.25, -4), ofSing)],
  ["H4", "all inside and nothing worse", "SUPPORTED", ...spaces()],
  ["H4", "a best rate below the list", "REFUTED", ...spaces({ d: 0 })],
  ["H4", "a best decay below it", "REFUTED", ...spaces({ singDecay: -4.5 })],
  ["H4", "a worse listed rate", "REFUTED", ...spaces({ worse: [0.05, 0] })],
  ["H4", "a worse listed pair", "REFUTED", ...spaces({ worse: [0, 0.05] })],
  [
    "H4",
    "one near the margin",
    "INCONCLUSIVE",
    ...spaces({ worse: [0, 0.02] }),
  ],
  ["H5", "cosines not worse", "SUPPORTED", schedules(0.2, 0.15, 0.2)],
  ["H5", "a worse constant cosine", "REFUTED", schedules(0.2, 0.15, 0.25)],
  ["H5", "a worse cosine", "REFUTED", schedules(0.2, 0.25, 0.15)],
  ["H5", "one near the margin", "INCONCLUSIVE", schedules(0.2, 0.22, 0.15)],
  ["H7", "freezing that costs nothing", "SUPPORTED", frozen(0, 0)],
  ["H7", "freezing that costs AdamW 5%", "REFUTED", frozen(0, 0.05)],
  ["H7", "freezing that costs SING 5%", "REFUTED", frozen(0.05, 0)],
  ["H7", "freezing near the margin", "INCONCLUSIVE", frozen(-0.05, 0.02)],
];

const third = (stage: string) => (it: ExampleTrial) =>
  it.stage === stage && it.seed % 1000 === 3;
const [FIRST] = decays().trials;
const MOVED = rates().trials.map((it) =>
  ofSing(it) ? { ...it, seed: it.seed + 1 } : it
);
const EDGE = "the search for the edge has not ended";

const NOT_RUN: readonly [
  ClaimId,
  string,
  RegExp | string,
  ...ExampleStudy[],
][] = [
  ...(["missing", "failed", "unscored"] as const).map((y) =>
    [
      ...["H1", `runs that are ${y}`, `learning_rate: 9 ${y} of 180 tune runs`],
      torn(rates(), y, (it) => it.seed === 2004 && ofSing(it)),
    ] as unknown as [ClaimId, string, string, ExampleStudy]
  ),
  [
    "H1",
    "SING alone",
    "learning_rate: no tune runs of adamw",
    kept(rates(), ofSing),
  ],
  ["H1", "arms of unlike seeds", "its arms have unlike seeds", {
    ...rates(),
    trials: MOVED,
  }],
  [
    "H2",
    "one run missing",
    "weight_decay: 1 missing of 1000 decay tune runs",
    torn(
      decays(),
      "missing",
      (it) => JSON.stringify(it) === JSON.stringify(FIRST),
    ),
  ],
  ["H3", "a search that has not begun", EDGE, searched(9, -4)],
  ["H3", "a search midway", EDGE, searched(9, -2)],
  [
    "H3",
    "a run of the search missing",
    "learning_rate: 2 missing of 20 edge runs",
    torn(
      searched(1.5, -2),
      "missing",
      (it) => it.stage === "edge" && it.seed === 2000,
    ),
  ],
  [
    "H3",
    "nothing after the tune grid",
    "no search for the edge",
    kept(searched(0.25, -4), ({ stage }) => stage === "tune"),
  ],
  ...(["listed", "report"] as const).map((stage) =>
    [
      ...[
        "H4",
        `a ${stage} run missing`,
        new RegExp(`\\d missing of \\d+ ${stage} runs`),
      ],
      torn(spaces()[0], "missing", third(stage)),
      spaces()[1],
    ] as unknown as [ClaimId, string, RegExp, ExampleStudy]
  ),
  [
    "H5",
    "a schedule absent",
    /^schedule: no tune runs of sing cosine/,
    kept(schedules(0.2, 0.2, 0.2), ({ arm }) => arm !== "sing cosine"),
  ],
];

const LABELS = ["preliminary", "low power", "published"];

describe("readClaim", () => {
  for (const [id, what, state, ...studies] of STATES) {
    it(`makes ${id} ${state} of ${what}`, () =>
      assert.equal(rowOf(id, ...studies).state, state));
  }
  for (const [id, what, reason, ...studies] of NOT_RUN) {
    it(`makes ${id} NOT RUN of ${what}, and says why`, () => {
      const row = rowOf(id, ...studies);
      assert.deepEqual([row.state, row.n, row.label], ["NOT RUN", 0, null]);
      if (typeof reason === "string") assert.equal(row.reason, reason);
      else assert.match(row.reason!, reason);
      if (id === "H4") return;
      assert.deepEqual(row.parts[0]!.finding, { kind: "missing" });
    });
  }
  it("labels by the tune seeds, whatever else is reported, and for H4 by both blocks", () => {
    const h1 = [3, 5, 10].map((n) => rowOf("H1", rates({ n })).label);
    const h2 = [4, 9, 10].map((n) => rowOf("H2", decays({ n })).label);
    assert.deepEqual([h1, h2], [LABELS, LABELS]);
    const h4 = ([[10, 4], [10, 19], [9, 20], [10, 20]] as const)
      .map(([n, m]) => rowOf("H4", ...spaces({ n, m })).label);
    assert.deepEqual(h4, LABELS.toSpliced(1, 0, "low power"));
  });
});

describe("best learning rate", () => {
  it("holds the truth and all numbers that the verdict rests on", () => {
    const { n, holdsTenfold, parts: [part] } = rowOf("H1", rates({ d: 1 }));
    assert.deepEqual(
      [n, holdsTenfold, part!.unit, part!.band!.words],
      [10, true, "decades", "between 3x and 32x"],
    );
    assert.ok(part!.finding.kind === "estimate");
    const { mean, values, allowance } = part!.finding.estimate;
    assert.equal(values.length, 10);
    isClose(mean, 1, 0.05);
    isClose(allowance, 0.1, 1e-12); // 2/5 of a cell of 0.25
  });

  it("is INCONCLUSIVE with the seeds that would do, or why none are asked for", () => {
    const noisy = { noise: 0.02 };
    const few = rowOf("H1", rates({ n: 3, d: 0.8, sing: noisy, adamw: noisy }));
    assert.equal(few.state, "INCONCLUSIVE");
    assert.ok(few.seedsNeeded! > 3);
    const one = rowOf("H1", rates({ n: 1 }));
    assert.deepEqual(
      [one.state, one.seedsNeeded, one.reason],
      ["INCONCLUSIVE", null, "one seed shows no spread"],
    );
  });

  it("counts diverged runs at a cliff, and widens the interval for it", () => {
    const cliff = (decades: number) =>
      decades > 0.1 ? "diverged" : firstCurve(decades);
    const [part] = rowOf("H1", rates({ sing: { y: cliff } })).parts;
    assert.ok(part!.finding.kind === "estimate");
    isClose(part!.finding.estimate.allowance, 0.1 + 0.125, 1e-12);
  });

  it("has the narrow band beside it, and the ratio at each arm's own weight decay", () => {
    const alone = rowOf("H1", rates({ d: 1 })).secondRecords;
    assert.deepEqual(alone.map(({ state, band }) => [state, band!.words]), [
      ["SUPPORTED", "5x to 20x"],
      ["NOT RUN", "between 3x and 32x"],
    ]);
    const both = rowOf("H1", rates({ d: 1 }), decays());
    const { finding, state } = both.secondRecords[1]!;
    assert.equal(state, "SUPPORTED");
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1, 0.05);
  });

  it("has beside it what its rate costs on the tuning grid", () => {
    // SING's best lies half a decade up: ten times AdamW's best is as far again.
    const { regretOnGrid } = rowOf("H1", rates({ d: 0.5 }));
    isClose(regretOnGrid!.mean, firstCurve(0.5) - firstCurve(0), 0.02);
    // Beyond the grid nothing is known.
    assert.equal(rowOf("H1", rates({ d: -0.5 })).regretOnGrid, null);
  });

  it("does not hold tenfold where the interval does not, and says nothing without one", () => {
    assert.equal(rowOf("H1", rates({ d: 0.5 })).holdsTenfold, false);
    assert.equal(rowOf("H1", ABOVE).holdsTenfold, null);
  });

  it("has the mechanism's prediction for the network's tensors", () => {
    const tensor = { name: "w", rescales: false };
    const shapes = [[3, 3, 64, 64], [64]];
    const parameters = shapes.map((shape) => ({ ...tensor, shape }));
    const { predicted } = rowOf("H1", rates({ study: { parameters } }));
    isClose(10 ** predicted!, 6.4, 0.05); // a 64 -> 64 3x3 convolution
    assert.equal(rowOf("H1", rates()).predicted, null);
  });

  it("has the regret of the rule beside it, if that was run on the same images", () => {
    const rule = reportStudy("rule", { "sing": 0.2, "sing by the rule": 0.25 });
    const { regret } = rowOf("H1", rates(), rule);
    assert.equal(regret!.verdict.state, "REFUTED");
    assert.equal(rowOf("H1", rates()).regret, null);
    const config = { datasetDigest: "other" };
    const trials = rule.trials.map((it) => ({ ...it, config }));
    assert.equal(rowOf("H1", rates(), { ...rule, trials }).regret, null);
  });
});

describe("best weight decay", () => {
  for (const [singDecay, tenfold] of [[-2.5, true], [-1.5, false]] as const) {
    it(`is located where SING's is 1e${singDecay} and AdamW's 1e-1.5`, () => {
      const row = rowOf("H2", decays({ singDecay }));
      assert.equal(row.holdsTenfold, tenfold);
      const { finding } = row.parts[0]!;
      assert.ok(finding.kind === "estimate");
      isClose(finding.estimate.mean, singDecay + 1.5, 0.06);
      isClose(finding.estimate.allowance, 0.2, 1e-12); // 2/5 of a cell of 0.5
    });
  }

  it("has the narrow band beside it, and both numbers' regret of the rule", () => {
    const ys = { "sing with decay": 0.2, "sing with decay by the rule": 0.2 };
    const row = rowOf("H2", decays(), reportStudy("rule", ys));
    const words = row.secondRecords.map(({ band }) => band!.words);
    assert.deepEqual(words, ["5x to 20x lower"]);
    assert.equal(row.regret!.verdict.state, "SUPPORTED");
    assert.equal(row.predicted, null);
  });
});

describe("edge of breaking", () => {
  it("allows 9/10 of a cell, and lies between the last sound and the first broken rate", () => {
    const [near, far] = [searched(0.25, -4), searched(1.5, -2)].map((study) => {
      const { finding } = rowOf("H3", study).parts[0]!;
      assert.ok(finding.kind === "estimate");
      return finding.estimate;
    });
    isClose(near!.allowance, 0.225, 1e-12);
    isClose(far!.mean, 1.375, 0.03); // between 1.25 and 1.5
    const [part] = rowOf("H3", searched(9, 1)).parts;
    assert.equal(part!.finding.kind, "range");
  });

  it("has beside it what the highest rate costs that still trained", () => {
    const far = rowOf("H3", searched(1.5, -2)).regretOnGrid!;
    isClose(far.mean, firstCurve(1.25) - firstCurve(0), 0.02);
    assert.equal(rowOf("H3", searched(9, 1)).regretOnGrid, null); // none broke
  });
});

describe("search space", () => {
  it("has four parts, in words and with what each is judged against", () => {
    const { parts } = rowOf("H4", ...spaces());
    const margin = "less than 2% more loss";
    assert.deepEqual(parts.map(({ name, band, n }) => [name, band!.words, n]), [
      ["best learning rate", "between 5e-3 and 1e-1", 10],
      ["best listed learning rate, against the best", margin, 20],
      ["best weight decay", "between 5e-4 and 5e-1", 10],
      ["best listed pair, against the best", margin, 20],
    ]);
  });

  it("is REFUTED by one part that has all its runs, and else NOT RUN where one study is missing", () => {
    const alone = (d: number, change = (it: ExampleStudy) => it) => {
      const row = rowOf("H4", change(spaces({ d })[0]));
      const states = row.parts.map(({ state }) => state).join();
      return [row.state, row.reason, row.label, states];
    };
    const rest = "SUPPORTED,NOT RUN,NOT RUN";
    const refuted = ["REFUTED", undefined, "published", `REFUTED,${rest}`];
    assert.deepEqual(alone(0), refuted);
    const unfinished = ["NOT RUN", "no study of weight_decay", null];
    assert.deepEqual(alone(1), [...unfinished, `SUPPORTED,${rest}`]);
    const cut = (it: ExampleStudy) => torn(it, "missing", third("tune"));
    assert.deepEqual(alone(0, cut).slice(0, 3), unfinished);
  });
});

describe("schedules", () => {
  it("are compared with the constant rate, each with all margins", () => {
    const { parts } = rowOf("H5", schedules(0.2, 0.15, 0.25));
    for (const [i, { finding, comparison, unit }] of parts.entries()) {
      assert.ok(finding.kind === "estimate");
      isClose(finding.estimate.mean, [-0.05, 0.05][i]!, 0.003);
      assert.deepEqual(comparison!.verdict.finding, finding);
      assert.equal(unit, "y");
    }
  });
});

describe("norm alarm", () => {
  const known: [string, ExampleStudy, State, RegExp][] = [
    ["it fires and freezing helps", firing("a", 0.05), "SUPPORTED", /fires/],
    ["it fires and freezing does nothing", firing("a", 0), "REFUTED", /fires/],
    [
      "the gain is not told from 1%",
      firing("a", 0.01),
      "INCONCLUSIVE",
      /fires/,
    ],
    ["it is silent, freezing useless", silent("a", 0), "SUPPORTED", /silent/],
    ["it is silent and freezing helps", silent("a", 0.05), "REFUTED", /silent/],
  ];
  const judgedOf = (study: ExampleStudy) => {
    const { alarms, parts } = rowOf("H6", study);
    return { alarms: alarms!, gain: parts[0]!.finding };
  };
  for (const [what, study, state, words] of known) {
    it(`is ${state} where ${what}`, () => {
      const row = rowOf("H6", study);
      assert.deepEqual([row.state, row.n], [state, SEEDS]);
      assert.match(row.parts[0]!.band!.words, words);
      // The rule for all workloads holds each one to the same.
      const [helped, useless] = [firing("a", 0.05), silent("a", 0)].map(
        judgedOf,
      );
      const rest = [helped!, helped!, useless!, useless!];
      assert.equal(judgeAlarm([...rest, judgedOf(study)]).state, state);
    });
  }

  it("is INCONCLUSIVE where the seeds disagree", () => {
    const row = rowOf("H6", watched("a", 5, 0.05));
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
    const { state, reason } = rowOf("H6", { study, trials: blind });
    assert.deepEqual([state, reason], [
      "NOT RUN",
      "the alarm needs gradient norms in each of 20 parts of a run",
    ]);
  });

  it("alone reads measurements", () => {
    const evidence = exampleEvidence([firing("a", 0.05), rates()]);
    const asked: string[] = [];
    const metrics = (id: string) => (asked.push(id), evidence.metrics(id));
    registerOf({ ...evidence, metrics }, "quick");
    const watchedRuns = evidence.studies[0]!.cases.filter(({ stage, arm }) =>
      stage === "report" && arm === "sing"
    );
    assert.deepEqual(asked, watchedRuns.map(({ runId }) => runId));
  });

  const four = (last: ExampleStudy) => [
    ...[firing("a", 0.05), firing("b", 0.05), silent("c", 0)],
    last,
  ];
  it("is, on all workloads, what every one is with two of each kind", () => {
    assert.equal(claimOf("H6", ...four(silent("d", 0))).state, "SUPPORTED");
    assert.equal(claimOf("H6", ...four(silent("d", 0.05))).state, "REFUTED");
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

describe("frozen norms", () => {
  it("are NOT APPLICABLE to a network known to have no such layers", () => {
    const of = (study: object) => {
      const { state, reason } = rowOf("H7", rates({ study }));
      return [state, reason];
    };
    const none = ["NOT APPLICABLE", undefined];
    assert.deepEqual(of({ parameters: [KERNEL] }), none);
    const notRun = ["NOT RUN", "no study of layer_norm"];
    assert.deepEqual(of({ parameters: [KERNEL, GAIN] }), notRun);
    assert.deepEqual(of({}), notRun);
  });
});

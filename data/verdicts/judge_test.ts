import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/respond.ts";
import type { State } from "../statistics/verdict.ts";
import { CLAIMS } from "./claims.ts";
import { overall, registerOf } from "./judge.ts";
import { emptyReading } from "./reading.ts";
import type { VerdictRow } from "./register.ts";
import { everyKindOfStudy } from "./testdata/every_kind_of_study.ts";
import {
  armTrials,
  ending,
  exampleEvidence,
  type ExampleStudy,
  range,
} from "./testdata/example_evidence.ts";
import {
  claimOf,
  controlStudy,
  learningRateStudy,
  positionsAround,
  reportStudy,
  rowOf,
} from "./testdata/example_studies.ts";

const of = (studies: Parameters<typeof exampleEvidence>[0]) =>
  registerOf(exampleEvidence(studies), "quick");

const kinds = everyKindOfStudy();
const statesOf = (kind: string) =>
  of(kinds[kind]!).claims.map(({ workloads }) =>
    workloads.map(({ state }) => state).join()
  );

describe("registerOf", () => {
  it("has the seven claims, all NOT RUN, of an empty store", () => {
    const { claims, controls, profile, schema } = of([]);
    assert.deepEqual([schema, profile, controls], [1, "quick", []]);
    assert.deepEqual(
      claims.map(({ claim, state, workloads }) => [claim.id, state, workloads]),
      ["H1", "H2", "H3", "H4", "H5", "H6", "H7"].map((id) => [
        id,
        "NOT RUN",
        [],
      ]),
    );
  });

  it("judges what every experiment leaves", () => {
    assert.equal(
      statesOf("every experiment on one workload").join(" "),
      "SUPPORTED SUPPORTED REFUTED SUPPORTED SUPPORTED SUPPORTED REFUTED",
    );
  });

  for (
    const [kind, states] of [
      ["no run at all", ["NOT RUN"]],
      ["missing seeds", ["NOT RUN"]],
      ["failed runs", ["NOT RUN"]],
      ["rows with NaN", ["NOT RUN"]],
      ["mixed data sets", ["NOT RUN"]],
      ["studies without cases", ["NOT RUN"]],
      ["a single optimizer", ["NOT RUN", "REFUTED"]],
    ] as const
  ) {
    it(`is ${states.join(" or ")} for ${kind}`, () => {
      for (const state of statesOf(kind)) {
        assert.ok((states as readonly string[]).includes(state), state);
      }
    });
  }

  it("is INVALID where nothing trained, and where nothing differs", () => {
    const diverged = statesOf("nothing but diverged runs");
    assert.deepEqual(diverged.slice(0, 4), Array(4).fill("INVALID(diverged)"));
    const flat = statesOf("flat responses");
    assert.deepEqual(flat.slice(0, 2), Array(2).fill("INVALID(flat)"));
  });

  it("judges names alike, whatever is in them", () => {
    const states = statesOf("hostile names");
    assert.deepEqual(states, statesOf("every experiment on one workload"));
  });

  it("has a control a workload of the claims, in their order", () => {
    const model = (name: string) => ({ study: { model: name }, n: 2 });
    const { controls } = of([
      learningRateStudy(model("vit")),
      learningRateStudy(model("cnn")),
      controlStudy(model("cnn")),
    ]);
    assert.deepEqual(
      controls.map(({ workload, reason }) => [workload.model, reason]),
      [["cnn", undefined], ["vit", "no study of controls"]],
    );
  });
});

/** The same comparison on several networks, each a learning_rate study with this difference. */
function networks(ds: readonly number[], n = 10): ExampleStudy[] {
  return ds.map((d, i) =>
    learningRateStudy({ d, n, study: { model: `network ${i}` } })
  );
}

describe("claimRow", () => {
  it("makes INCONCLUSIVE what does not survive the adjustment, and says why", () => {
    const borderline = learningRateStudy({
      n: 3,
      d: 0.7,
      sing: { noise: 0.006 },
      study: { model: "a" },
    });
    const { pValues, state } = rowOf("H1", borderline);
    assert.equal(state, "SUPPORTED");
    assert.ok(pValues!.supported > 0.05 / 3 && pValues!.supported <= 0.05);
    const others = networks([0, 0]); // their p-values for "supported" are 1
    const [row] = claimOf("H1", borderline, ...others).workloads;
    assert.deepEqual(
      [row!.state, row!.reason, row!.parts[0]!.state],
      [
        "INCONCLUSIVE",
        "not after adjustment for several workloads",
        "SUPPORTED",
      ],
    );
  });

  it("has the profile's workloads where the claim's own studies are not there", () => {
    const row = claimOf("H5", ...networks([1, 1]));
    assert.deepEqual(
      row.workloads.map(({ workload, state }) => [workload.model, state]),
      [["network 0", "NOT RUN"], ["network 1", "NOT RUN"]],
    );
    assert.deepEqual(
      [row.state, row.reason, row.usually],
      ["NOT RUN", "no study of schedule", null],
    );
  });

  it("leaves out workloads of other experiments, such as widths", () => {
    const width = reportStudy("width", { sing: 0.2 }, {
      study: { model: "cnn-16" },
      n: 2,
      m: 2,
    });
    const row = claimOf("H1", ...networks([1], 5), width);
    assert.deepEqual(
      row.workloads.map(({ workload }) => workload.model),
      ["network 0"],
    );
  });

  it("leaves out other profiles, changed ones too", () => {
    const changed = learningRateStudy({
      n: 1,
      study: { profile: "quick --seeds 1" },
    });
    assert.deepEqual(claimOf("H1", changed).workloads, []);
  });

  it("says usually from four workloads on", () => {
    const three = claimOf("H1", ...networks([1, 0.9, 1.1]));
    assert.deepEqual(
      [three.state, three.usually!.state, three.usually!.k],
      ["SUPPORTED", "NOT RUN", 3],
    );
    const four = claimOf("H1", ...networks([1, 0.9, 1.1, 0.95]));
    assert.deepEqual([four.state, four.usually!.k], ["SUPPORTED", 4]);
    isClose(four.usually!.mean, 0.9875, 0.05);
    const zero = claimOf("H1", ...networks([0, 0, 0, 0]));
    assert.equal(zero.state, "REFUTED");
    const spread = claimOf("H1", ...networks([1, 0.5, 1.5, 0.2]));
    assert.equal(spread.state, "INCONCLUSIVE");
  });
});

const row = (state: State, reason?: string): VerdictRow => ({
  ...emptyReading({ state, n: 5, seedsNeeded: null, pValues: null }),
  ...(reason === undefined ? {} : { reason }),
  workload: { dataset: "a set", model: "cnn" },
  control: "NOT CHECKED",
});

const h7 = CLAIMS.at(-1)!;
const ofStates = (...states: readonly State[]) =>
  overall(h7, states.map((state) => row(state)), null);

describe("overall", () => {
  const cases: [string, State[], State, string?][] = [
    ["the state that all share", ["SUPPORTED", "SUPPORTED"], "SUPPORTED"],
    ["that of a single one", ["INVALID(flat)"], "INVALID(flat)"],
    ["no verdict without a control", ["NOT CALIBRATED"], "NOT CALIBRATED"],
    [
      "INCONCLUSIVE where they differ",
      ["SUPPORTED", "REFUTED", "SUPPORTED"],
      "INCONCLUSIVE",
      "workloads differ: 2 SUPPORTED, 1 REFUTED",
    ],
    ["REFUTED also by a bound", ["REFUTED", "REFUTED(bound)"], "REFUTED"],
    [
      "that of those that were run",
      ["SUPPORTED", "NOT RUN", "NOT APPLICABLE"],
      "SUPPORTED",
      "on 1 of 2 workloads",
    ],
    [
      "that of those it applies to",
      ["SUPPORTED", "NOT APPLICABLE"],
      "SUPPORTED",
    ],
    ["NOT APPLICABLE to none of them", ["NOT APPLICABLE"], "NOT APPLICABLE"],
  ];
  for (const [what, states, state, reason] of cases) {
    it(`is ${what}`, () => {
      const found = ofStates(...states);
      assert.deepEqual([found.state, found.reason], [state, reason]);
    });
  }
  it("is NOT RUN without any, with the reason that all share", () => {
    assert.deepEqual(ofStates(), { state: "NOT RUN" });
    const [one, other] = [row("NOT RUN", "a"), row("NOT RUN", "b")];
    assert.deepEqual(overall(h7, [one, one, row("NOT APPLICABLE")], null), {
      state: "NOT RUN",
      reason: "a",
    });
    assert.deepEqual(overall(h7, [one, other], null), { state: "NOT RUN" });
  });
});

function controlOf(...studies: readonly ExampleStudy[]) {
  const { controls } = registerOf(exampleEvidence(studies), "quick");
  assert.equal(controls.length, 1);
  return controls[0]!;
}

describe("controlRow", () => {
  it("is CALIBRATED where what was planted is found", () => {
    const row = controlOf(controlStudy());
    assert.deepEqual([row.state, row.label], ["CALIBRATED", "published"]);
    assert.deepEqual(
      row.control.checks.map(({ verdict }) => verdict.state),
      ["SUPPORTED", "REFUTED", "REFUTED"],
    );
  });
  it("is UNDERPOWERED with too few seeds for their noise", () => {
    const slowed = { noise: 0.03 };
    const row = controlOf(controlStudy({ n: 3, slowed }));
    assert.deepEqual([row.state, row.label], ["UNDERPOWERED", "preliminary"]);
  });
  it("is NOT CHECKED without a study, or with a run missing", () => {
    const bare = controlOf(learningRateStudy());
    assert.deepEqual(
      [bare.state, bare.reason, bare.label],
      ["NOT CHECKED", "no study of controls", null],
    );
    const { study, trials } = controlStudy();
    const torn = [...ending(trials.slice(0, 1), "missing"), ...trials.slice(1)];
    const { state, reason } = controlOf({ study, trials: torn });
    assert.deepEqual(
      [state, reason],
      ["NOT CHECKED", "controls: 1 missing of 180 tune runs"],
    );
  });
  it("reports Lion and AdamW with LookAhead if they were run", () => {
    assert.deepEqual(controlOf(controlStudy()).others, []);
    const { study, trials } = controlStudy();
    const lion = armTrials({
      arm: "lion",
      seeds: range(2000, 10),
      positions: positionsAround(-3.75),
      best: -3.75,
    });
    const [other] = controlOf({ study, trials: [...trials, ...lion] }).others;
    assert.equal(other!.arm, "lion");
    assert.ok(other!.finding.kind === "estimate");
    isClose(other!.finding.estimate.mean, -0.75, 0.03);
    isClose(other!.expected.high, -0.48, 0.01);
  });
});

describe("the control's gate", () => {
  it("withdraws verdicts of a workload that is NOT CALIBRATED, and nothing else", () => {
    const missed = controlStudy({ shift: 0 });
    const row = rowOf("H1", learningRateStudy(), missed);
    assert.deepEqual(
      [row.state, row.label, row.pValues, row.control],
      ["NOT CALIBRATED", null, null, "NOT CALIBRATED"],
    );
    assert.equal(row.parts[0]!.state, "SUPPORTED");
    assert.equal(rowOf("H2", learningRateStudy(), missed).state, "NOT RUN");
    const flat = learningRateStudy({ sing: { y: () => 0.5, noise: 0 } });
    assert.equal(rowOf("H1", flat, missed).state, "INVALID(flat)");
  });
  it("lets verdicts stand that are UNDERPOWERED or NOT CHECKED, and says so", () => {
    const weak = controlStudy({ n: 3, slowed: { noise: 0.03 } });
    const row = rowOf("H1", learningRateStudy(), weak);
    assert.deepEqual([row.state, row.control], ["SUPPORTED", "UNDERPOWERED"]);
    assert.equal(rowOf("H1", learningRateStudy()).control, "NOT CHECKED");
  });
  it("does not take a control of other images", () => {
    const { study, trials } = controlStudy({ shift: 0 });
    const config = { datasetDigest: "other" };
    const others = trials.map((it) => ({ ...it, config }));
    const row = rowOf("H1", learningRateStudy(), { study, trials: others });
    assert.deepEqual([row.state, row.control], ["SUPPORTED", "NOT CHECKED"]);
  });
  it("takes the control of weight decay's training where a claim was tried there", () => {
    const trainedOn = (trainSize: number, { study, trials }: ExampleStudy) => ({
      study,
      trials: trials.map((it) => ({ ...it, config: { trainSize } })),
    });
    const { study, trials } = controlStudy({ shift: 0 });
    const missed = {
      study: { ...study, experiment: "decay_controls" },
      trials,
    };
    const claimed = (trainSize: number) =>
      rowOf(
        "H1",
        trainedOn(trainSize, learningRateStudy()),
        trainedOn(4000, controlStudy()),
        trainedOn(1000, missed),
      );
    assert.equal(claimed(4000).control, "CALIBRATED");
    assert.equal(claimed(4000).state, "SUPPORTED");
    assert.equal(claimed(1000).control, "NOT CALIBRATED");
    assert.equal(claimed(1000).state, "NOT CALIBRATED");
  });
});

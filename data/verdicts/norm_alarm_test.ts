import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judgeAlarm } from "../statistics/alarm.ts";
import { registerOf } from "./judge.ts";
import {
  exampleEvidence,
  type ExampleStudy,
  type ExampleTrial,
} from "./testdata/example_evidence.ts";
import {
  controlStudy,
  learningRateStudy,
  reportStudy,
} from "./testdata/example_studies.ts";
import { claimOf, rowOf } from "./testdata/judged.ts";
import { watchedMetrics } from "./testdata/watched_metrics.ts";

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { judgeAlarm, type WatchedWorkload } from "./alarm.ts";
import { estimate } from "./estimate.ts";

/** A workload with so many alarms out of 5 seeds, and this mean gain with a little spread. */
function workload(alarms: number, gain: number): WatchedWorkload {
  const values = [0, 1, -1, 1, -1].map((it) => gain + it / 1000);
  return {
    alarms: values.map((_, seed) => seed < alarms),
    gain: { kind: "estimate", estimate: estimate(values) },
  };
}

const state = (...workloads: WatchedWorkload[]) => judgeAlarm(workloads).state;
const helped = workload(5, -0.03);
const useless = workload(0, 0);

describe("judgeAlarm", () => {
  it("supports the rule where freezing helps wherever it fires and nowhere it is silent", () => {
    assert.equal(state(helped, helped, useless, useless), "SUPPORTED");
  });
  it("is refuted by one firing workload that freezing does not help", () => {
    assert.equal(
      state(helped, workload(5, 0), useless, useless),
      "REFUTED",
    );
  });
  it("is refuted by one silent workload that freezing helps", () => {
    assert.equal(
      state(helped, helped, useless, workload(0, -0.03)),
      "REFUTED",
    );
  });
  it("is inconclusive where a gain is not told from 1%", () => {
    assert.equal(
      state(helped, workload(5, -0.01), useless, useless),
      "INCONCLUSIVE",
    );
    const verdict = judgeAlarm([helped, helped, useless, workload(0, -0.01)]);
    assert.deepEqual(
      [verdict.state, verdict.reason],
      ["INCONCLUSIVE", "a gain is not told from 1%"],
    );
  });
  it("uses one-sided bounds of 95% for and of 97.5% against", () => {
    // The gains' standard error is 0.001 / sqrt(5); with n = 5 t_0.95 = 2.1318, t_0.975 = 2.7764.
    const away = (t: number) => -0.01 + t * 0.001 / Math.sqrt(5);
    const firing = [-2.14, -2.12, 2.77, 2.78].map((t) =>
      state(helped, workload(5, away(t)), useless, useless)
    );
    const silent = [2.14, 2.12, -2.77, -2.78].map((t) =>
      state(helped, helped, useless, workload(0, away(t)))
    );
    const expected = ["SUPPORTED", "INCONCLUSIVE", "INCONCLUSIVE", "REFUTED"];
    assert.deepEqual(firing, expected);
    assert.deepEqual(silent, expected);
  });
  it("fires from 80% of the seeds on, is silent up to 20%, and else unclear", () => {
    const kinds = [0, 1, 2, 3, 4, 5].map((alarms) => workload(alarms, 0));
    assert.deepEqual(judgeAlarm(kinds).kinds, [
      "silent",
      "silent",
      "unclear",
      "unclear",
      "firing",
      "firing",
    ]);
  });
  it("does not call a workload firing or silent that was not watched", () => {
    const unwatched = [[], [null, null], [true, null], [false, null]];
    const { kinds } = judgeAlarm(
      unwatched.map((alarms) => ({ ...helped, alarms })),
    );
    assert.deepEqual(kinds, unwatched.map(() => "unclear"));
  });
  it("does not judge unclear workloads", () => {
    assert.equal(
      state(helped, helped, useless, useless, workload(3, 0.5)),
      "SUPPORTED",
    );
  });
  it("is INCONCLUSIVE(no contrast) with fewer than two of a kind, whatever they say", () => {
    const verdict = judgeAlarm([helped, useless, workload(0, -0.03)]);
    assert.deepEqual(
      [verdict.state, verdict.reason],
      ["INCONCLUSIVE", "no contrast"],
    );
  });
  it("is NOT RUN without workloads, with an unwatched seed, or without a gain", () => {
    const rest = [helped, useless, useless];
    assert.equal(state(), "NOT RUN");
    assert.equal(
      state(...rest, { ...helped, alarms: [true, null] }),
      "NOT RUN",
    );
    assert.equal(
      state(...rest, { ...helped, gain: { kind: "missing" } }),
      "NOT RUN",
    );
  });
});

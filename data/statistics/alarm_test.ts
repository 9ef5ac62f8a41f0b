import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  alarm,
  judgeAlarm,
  type WatchedStep,
  type WatchedWorkload,
} from "./alarm.ts";
import { estimate } from "./estimate.ts";
import { isClose } from "./testdata/respond.ts";
import type { State } from "./verdict.ts";

const options = { warmup: 10, steps: 210 };

/** Steps 1 to 210 of a loss and a norm over the fraction of the run. */
function run(
  loss: (fraction: number, step: number) => number,
  norm: (fraction: number, step: number) => number,
): WatchedStep[] {
  return Array.from({ length: 210 }, (_, i) => {
    const step = i + 1;
    return { step, loss: loss(step / 210, step), norm: norm(step / 210, step) };
  });
}

describe("alarm", () => {
  it("is raised where the loss falls while the norm rises", () => {
    const result = alarm(run((f) => 1 - f, (f) => 1 + f), options)!;
    assert.deepEqual(
      [result.alarmed, result.lossTrend, result.normTrend],
      [true, -1, 1],
    );
  });
  it("is silent where both fall, both rise, or the loss rises alone", () => {
    for (const [loss, norm] of [[-1, -1], [1, 1], [1, -1]] as const) {
      const steps = run((f) => 1 + loss * f, (f) => 1 + norm * f);
      assert.equal(alarm(steps, options)!.alarmed, false);
    }
  });
  it("takes medians of 20 equal bins of the steps after warmup", () => {
    const { losses, norms } = alarm(
      run((_, step) => step, (_, step) => step % 10 === 1 ? 1e9 : -step),
      options,
    )!;
    // Steps 11 to 20, 21 to 30, ... The one wild norm of each bin moves its median by half a step.
    const middles = Array.from({ length: 20 }, (_, i) => 15.5 + 10 * i);
    assert.deepEqual(losses, middles);
    assert.deepEqual(norms, middles.map((step) => -step));
  });
  it("works on every fifth step alone", () => {
    const some = run((f) => 1 - f, (f) => f).filter((it) => it.step % 5 === 0);
    assert.equal(alarm(some, options)!.alarmed, true);
  });
  it("is raised from trends of 0.5 on", () => {
    // Two bins in each other's place, so many apart: 1 - 6 * 2 * apart^2 / (20 * (20^2 - 1)).
    const swapped = (apart: number) => (_: number, step: number) => {
      const bin = Math.max(0, Math.ceil((step - 10) / 10) - 1);
      return bin === 0 ? apart : bin === apart ? 0 : bin;
    };
    const [far, near] = [19, 18].map((apart) =>
      alarm(run((f) => -f, swapped(apart)), options)!
    );
    isClose(far!.normTrend, 1 - 12 * 361 / 7980, 1e-12);
    isClose(near!.normTrend, 1 - 12 * 324 / 7980, 1e-12);
    assert.deepEqual([far!.alarmed, near!.alarmed], [false, true]);
  });
  it("is silent for constants and for a run that ends in NaN", () => {
    assert.equal(alarm(run((f) => -f, () => 1), options)!.alarmed, false);
    const torn = run((f) => f > 0.9 ? NaN : -f, (f) => f);
    assert.equal(alarm(torn, options)!.alarmed, false);
  });
  it("is silent for a run that blew up and took no further step", () => {
    const whole = run((f, step) => step === 150 ? Infinity : -f, (f) => f);
    const result = alarm(whole.slice(0, 150), options)!;
    assert.equal(result.alarmed, false);
    assert.ok(Number.isNaN(result.lossTrend));
    // The same where the run is taken to end there, and every bin holds a step.
    const short = alarm(whole.slice(0, 150), { warmup: 10, steps: 150 })!;
    assert.deepEqual([short.lossTrend <= -0.5, short.alarmed], [true, false]);
    assert.equal(
      alarm([{ step: 1, loss: NaN, norm: NaN }], options)!.alarmed,
      false,
    );
  });
  it("is null where a bin holds no step", () => {
    assert.equal(alarm(run((f) => -f, (f) => f).slice(0, 200), options), null);
    assert.equal(alarm([], options), null);
  });
});

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
  const unclear = workload(3, 0.5);
  const cases: [string, State, WatchedWorkload[], string?][] = [
    [
      "freezing helps wherever it fires and nowhere it is silent, unclear ones aside",
      "SUPPORTED",
      [helped, helped, useless, useless, unclear],
    ],
    [
      "freezing does not help one that fires",
      "REFUTED",
      [helped, workload(5, 0), useless, useless],
    ],
    [
      "freezing helps one that is silent",
      "REFUTED",
      [helped, helped, useless, workload(0, -0.03)],
    ],
    ...([[5, helped, useless], [0, helped, helped]] as const).map(
      ([alarms, ...others]): typeof cases[number] => [
        `a gain is not told from 1% with ${alarms} alarms`,
        "INCONCLUSIVE",
        [helped, ...others, useless, workload(alarms, -0.01)],
        "a gain is not told from 1%",
      ],
    ),
    [
      "there are fewer than two of a kind, whatever they say",
      "INCONCLUSIVE",
      [helped, useless, workload(0, -0.03)],
      "no contrast",
    ],
    ["there is no workload", "NOT RUN", []],
    ...([{ alarms: [true, null] }, { gain: { kind: "missing" } }] as const).map(
      (lack): typeof cases[number] => [
        `one lacks its ${Object.keys(lack)}`,
        "NOT RUN",
        [helped, useless, useless, { ...helped, ...lack }],
      ],
    ),
  ];
  for (const [where, expected, workloads, reason] of cases) {
    it(`is ${expected} where ${where}`, () => {
      const verdict = judgeAlarm(workloads);
      assert.deepEqual([verdict.state, verdict.reason], [expected, reason]);
    });
  }
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
    assert.equal(
      judgeAlarm(kinds).kinds.join(" "),
      "silent silent unclear unclear firing firing",
    );
  });
  it("does not call a workload firing or silent that was not watched", () => {
    const unwatched = [[], [null, null], [true, null], [false, null]];
    const { kinds } = judgeAlarm(
      unwatched.map((alarms) => ({ ...helped, alarms })),
    );
    assert.deepEqual(kinds, unwatched.map(() => "unclear"));
  });
});

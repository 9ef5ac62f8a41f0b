import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Night, type NightRow, type Question } from "./questions.ts";
import { isClose } from "./testdata/respond.ts";
import {
  decayLine,
  type Landscape,
  playNight,
  valley,
  wobble,
} from "./testdata/play_night.ts";

const rate: Question = {
  id: "H1",
  kind: "rate",
  arms: ["sing", "adamw"],
  low: 0.5,
  high: 1.5,
};
const edge: Question = {
  id: "H3",
  kind: "edge",
  arms: ["sing"],
  low: null,
  high: 0.5,
};
const band = { arms: ["sing", "adamw"], low: -1.5, high: -0.5 } as const;
const decay: Question = { id: "H2", kind: "decay", ...band };
const ceiling: Question = { id: "H2 ceiling", kind: "ceiling", ...band };
const score: Question = {
  id: "rule",
  kind: "score",
  arms: ["ruled", "own"],
  low: null,
  high: 0.02,
};

const arms = {
  sing: { seed: 2000, from: -12, decays: [-8, -6, -4, -2, 0] },
  adamw: { seed: 2000, from: -16, decays: [-6, -4, -2, 0, 2] },
};
const one = (of: Landscape, from = -12) =>
  playNight({ sing: of }, [], { sing: { seed: 0, from } }).night.tuned("sing")!;

describe("learning rates of one arm", () => {
  it("run a coarse grid and five points around its minimum; without a question six seeds", () => {
    const { coarse, window, centre, position, arm } = one(valley(-1.4));
    assert.deepEqual(coarse, [-12, -10, -8, -6, -4, -2, 0]);
    assert.equal(centre, -6);
    assert.deepEqual(window, [-8, -7, -6, -5, -4]);
    isClose(position, -5.6, 0.15);
    assert.deepEqual(arm.seeds.map(({ positions }) => positions.length), [
      ...Array(4).fill(9),
      5,
      5,
    ]);
  });
  it("add coarse points where the lowest has fewer than two on a side, three at most", () => {
    assert.deepEqual(one(valley(-2.9)).coarse.slice(0, 2), [-16, -14]);
    assert.equal(one(valley(-9)).coarse[0], -18);
    assert.equal(one(valley(0)).coarse.at(-1), 4);
  });
  it("extend the window where later seeds move its minimum to an end, but not over a cliff", () => {
    const drifting: Landscape = (rate, _, seed) =>
      0.4 * (rate - (seed < 4 ? -1.5 : -0.2)) ** 2;
    assert.deepEqual(one(drifting).window.slice(-2), [-3, -2]);
    const cliff: Landscape = (rate) =>
      rate > -1.05 ? 1.2 : 0.3 - 0.2 * rate - 0.2;
    assert.ok(one(cliff).window.at(-1)! <= -2);
  });
});

describe("a question", () => {
  const landscapes = { sing: valley(-1.5), adamw: valley(-2.5) };

  it("is closed as soon as its interval says so, and its looks are recorded", () => {
    const { night } = playNight(landscapes, [rate], arms);
    const { state, closedAt, looks, finding } = night.answer(rate);
    assert.equal(state, "SUPPORTED");
    assert.equal(looks.length, closedAt);
    assert.equal(looks.at(-1)!.decision, "SUPPORTED");
    assert.equal(looks[0]!.seeds, 4);
    assert.deepEqual(looks[0]!.grids[0]!.coarse.length, 7);
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1, 0.1);
    isClose(finding.estimate.allowance, 0.1125, 1e-12);
  });
  it("is refuted where there is no ratio, and runs to an end near the band's", () => {
    const equal = { sing: valley(-2.5), adamw: valley(-2.5) };
    const refuted = playNight(equal, [rate], arms).night.answer(rate);
    assert.equal(refuted.state, "REFUTED");
    const near = { sing: valley(-2, 0.03), adamw: valley(-2.5, 0.03) };
    const answer = playNight(near, [rate], arms).night.answer(rate);
    assert.equal(answer.state, "INCONCLUSIVE");
    assert.match(answer.looks.at(-1)!.decision, /^INCONCLUSIVE/);
  });
  it("comes to the same whatever rows later looks or a restart add or lack", () => {
    const near = { sing: valley(-1.8, 0.06), adamw: valley(-2.5, 0.06) };
    const whole = playNight(near, [rate], arms);
    const part = playNight(near, [rate], arms, 60);
    const known = whole.night.answer(rate).looks;
    const early = part.night.answer(rate).looks;
    assert.deepEqual(early, known.slice(0, early.length));
    const reversed = new Night(whole.plan, whole.rows.toReversed());
    assert.deepEqual(reversed.answer(rate).looks, known);
    assert.deepEqual(reversed.wanted([rate]), []);
  });
  it("takes no notice of runs that were added by hand, and names them", () => {
    const { plan, rows, night } = playNight(landscapes, [rate], arms);
    assert.deepEqual(night.unasked([]), []);
    const seed = Math.max(...rows.map((row) => row.seed)) + 1;
    const added: NightRow = { ...rows.at(-1)!, seed };
    const topped = new Night(plan, [...rows, added]);
    assert.deepEqual(topped.answer(rate), night.answer(rate));
    assert.deepEqual(topped.unasked([]), [added]);
  });
});

describe("the edge of breaking", () => {
  it("is climbed to on the coarse grid, and by later seeds from where the earlier ones broke", () => {
    const breaking: Landscape = (rate, decay, seed) =>
      rate > -0.3 ? "diverged" : valley(-1.5)(rate, decay, seed) as number;
    const { night, rows } = playNight({ sing: breaking }, [edge], {
      sing: { seed: 0, from: -12 },
    });
    const { finding, state } = night.answer(edge);
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, 1.5 - 0.375, 0.08); // between -0.5 and -0.25
    isClose(finding.estimate.allowance, 0.225, 1e-12);
    assert.equal(state, "REFUTED");
    const climbed = rows.filter(({ stage }) => stage === "edge");
    assert.ok(climbed.length > 0);
    assert.ok(climbed.every((it) => it.learningRate <= 10));
  });
});

describe("weight decay", () => {
  const play = (gain: number) =>
    playNight(
      { sing: decayLine(-1.2, gain, -2), adamw: decayLine(-0.2, gain, -1) },
      [rate, decay, ceiling],
      arms,
    ).night;

  it("has NO OPTIMUM where the gate stays shut at six seeds, and a ceiling all the same", () => {
    const night = play(0);
    assert.deepEqual(
      [night.answer(decay).state, night.answer(decay).closedAt],
      ["NO OPTIMUM", 2],
    );
    const { finding, state } = night.answer(ceiling);
    assert.equal(state, "SUPPORTED");
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, -1, 0.1);
    isClose(finding.estimate.allowance, 0.1, 1e-12);
    assert.equal(night.decays("sing", 1)!.bestWindow, null);
  });
  it("is located where the best decay surely gains, with the gate as its lower side", () => {
    const night = play(0.3);
    const { finding, state } = night.answer(decay);
    assert.equal(state, "SUPPORTED");
    assert.ok(finding.kind === "estimate");
    isClose(finding.estimate.mean, -1, 0.15);
    isClose(finding.estimate.allowance, 0.225, 1e-12);
    const sing = night.decays("sing", 1)!;
    assert.equal(sing.bestWindow!.length >= 5, true);
    assert.equal(sing.optimum.open, "none");
  });
  it("is never run where learning rate times decay exceeds a half", () => {
    const { rows } = playNight(
      { sing: decayLine(3, 0, 0), adamw: decayLine(3, 0, 0) },
      [rate, decay],
      arms,
    );
    assert.ok(
      rows.every((it) => it.learningRate * it.weightDecay <= 0.5 + 1e-12),
    );
  });
});

describe("fresh seeds", () => {
  it("are added until a difference is told from 2%", () => {
    const of = (level: number): Landscape => (_, __, seed) =>
      0.5 + level + 0.01 * wobble(seed, level);
    const ask = (level: number) =>
      playNight({ ruled: of(level), own: of(0) }, [score], {}).night
        .answer(score);
    assert.equal(ask(0.2).state, "REFUTED");
    assert.equal(ask(0.2).closedAt, 1);
    assert.equal(ask(-0.01).state, "SUPPORTED");
  });
});

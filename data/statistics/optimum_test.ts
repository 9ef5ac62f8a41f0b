import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { locate, optimum, overLearningRates } from "./optimum.ts";
import { alike, BROKE, isClose, respond, scores } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };

describe("optimum", () => {
  it("agrees with scikit-learn's Gaussian process of the same fixed kernel", () => {
    for (
      const { positions, y, diverged, optimum: expected } of reference.curves
    ) {
      const row = y.map((y, i) => ({ y, y0: 0.83, diverged: diverged[i]! }));
      const result = optimum(positions, row)!;
      isClose(result.position, expected.position, 1e-9);
      isClose(result.y, expected.y, 1e-9);
      assert.equal(result.cliffLimited, expected.cliffLimited);
      const everyTenth = result.fit.filter((_, step) => step % 10 === 0);
      assert.equal(everyTenth.length, expected.everyTenth.length);
      everyTenth.forEach((y, i) => isClose(y, expected.everyTenth[i]!, 1e-9));
    }
  });
  it("moves with the grid", () => {
    const row = scores(0.3, 0.1, -0.2, -0.1, 0.2);
    const [near, far] = [0, -3.6].map((shift) =>
      optimum([0, 1, 2, 3, 4].map((at) => at + shift), row)!.position - shift
    );
    isClose(near!, far!, 1e-9);
  });
  it("drops the first point above the best that diverged, and all beyond", () => {
    const whole = optimum([0, 1, 2], scores(0.2, 0, 0.1))!;
    const cut = optimum([0, 1, 2, 3, 4], scores(0.2, 0, 0.1, BROKE, -0))!;
    assert.deepEqual([cut.position, cut.to], [whole.position, 2]);
  });
  it("drops a rise of more than 0.5 over the best, but not one of 0.5", () => {
    assert.equal(optimum([0, 1, 2], scores(0.2, 0, 0.5))!.to, 2);
    assert.equal(optimum([0, 1, 2], scores(0.2, 0, 0.51))!.to, 1);
  });
  it("keeps what diverged or is high below the best", () => {
    const result = optimum([0, 1, 2, 3], scores(BROKE, 0.9, 0, 0.1))!;
    assert.deepEqual([result.from, result.to], [0, 3]);
  });
  it("goes half a cell beyond the last point if a cliff cuts a falling curve", () => {
    const cut = optimum([0, 1, 2, 3], scores(0.6, 0.3, 0, BROKE))!;
    assert.deepEqual([cut.position, cut.cliffLimited], [2.5, true]);
    const open = optimum([0, 1, 2], scores(0.6, 0.3, 0))!;
    assert.deepEqual([open.position, open.cliffLimited], [2, false]);
  });
  it("leaves weight decay 0 out of the fit, even as the best point", () => {
    const row = scores(0.2, 0, 0.1);
    const result = optimum([-Infinity, 0, 1, 2], [...scores(-3), ...row])!;
    assert.deepEqual(result, optimum([0, 1, 2], row));
  });
  it("is null where there is no other point, and the point itself where there is one", () => {
    assert.equal(optimum([-Infinity], scores(0)), null);
    assert.equal(optimum([4], scores(0.2))!.position, 4);
  });
  it("puts a seed that diverged everywhere at its lowest point's edge", () => {
    const result = optimum([3, 4, 5], scores(BROKE, BROKE, BROKE))!;
    assert.deepEqual([result.position, result.cliffLimited], [3.5, true]);
  });
});

const grid = [0, 1, 2, 3, 4];

describe("locate", () => {
  const shapes: [string, number[], string, number | null][] = [
    ["a valley enclosed", [0.4, 0.1, 0, 0.1, 0.4], "none", null],
    ["a falling curve open above", [0.8, 0.6, 0.4, 0.2, 0], "above", 0.75],
    ["a rising curve open below", [0, 0.2, 0.4, 0.6, 0.8], "below", 0.25],
  ];
  for (const [what, ys, open, bound] of shapes) {
    it(`finds ${what}, bounded by the nearest point on the other side`, () => {
      const { optima: _, values, ...found } = locate(
        respond(grid, alike(5, ys)),
      );
      const flags = { cliffLimited: false, diverged: false };
      assert.deepEqual(found, { open, bound, ...flags });
      if (open === "none") assert.deepEqual(values, Array(5).fill(0.5));
    });
  }
  it("finds a curve open on both sides where the seeds contradict each other", () => {
    const rows = [[0.1, 0, 0.2], [0.2, 0, 0.1], [-0.2, 0, -0.2], [0, 0, 0]];
    const { open, bound } = locate(respond([0, 1, 2], rows));
    assert.deepEqual([open, bound], ["both", null]);
  });
  it("closes a side at the 95% level and bounds the optimum at 97.5%", () => {
    // Five rises whose mean is t standard errors; t_0.95 = 2.132, t_0.975 = 2.776.
    const rises = (t: number) =>
      [1, -1, 1, -1, 0].map((it) => (it * Math.sqrt(5) + t) / 10);
    const open = (t: number) =>
      locate(respond([0, 1, 2], rises(t).map((rise) => [rise, 0, 1]))).open;
    assert.deepEqual([open(2.12), open(2.14)], ["below", "none"]);
    const bound = (t: number) =>
      locate(respond([0, 1], rises(t).map((rise) => [rise, 0]))).bound;
    assert.deepEqual([bound(2.77), bound(2.78)], [null, 0]);
  });
  it("lets weight decay 0 close the lower side, but not bound", () => {
    const wall = [-Infinity, 0, 1, 2];
    const closed = locate(respond(wall, alike(5, [0.3, 0, 0.1, 0.3])));
    assert.equal(closed.open, "none");
    const open = locate(respond([-Infinity, 0, 1], alike(5, [0.3, 0.2, 0])));
    assert.deepEqual([open.open, open.bound], ["above", 0]);
    const bare = locate(respond([-Infinity, 0], alike(5, [0.3, 0])));
    assert.deepEqual([bare.open, bare.bound], ["above", null]);
  });
  it("is open below where weight decay 0 is the best of all", () => {
    const { open } = locate(
      respond([-Infinity, 0, 1], alike(5, [0, 0.2, 0.4])),
    );
    assert.equal(open, "below");
  });
  it("counts an arm as limited by the cliff from 40% of its seeds on", () => {
    const cliff = [0.4, 0.2, 0, BROKE, BROKE] as const;
    const valley = [0.4, 0.2, 0, 0.2, 0.4] as const;
    const limited = (cliffs: number, valleys: number) =>
      locate(
        respond(grid, [...alike(cliffs, cliff), ...alike(valleys, valley)]),
      ).cliffLimited;
    const found = [limited(1, 4), limited(2, 3), limited(4, 6)];
    assert.deepEqual(found, [false, true, true]);
  });
  it("tells when every point of every seed diverged", () => {
    const all = [BROKE, BROKE, BROKE] as const;
    const one = [BROKE, 0.2, BROKE] as const;
    assert.equal(locate(respond([0, 1, 2], alike(3, all))).diverged, true);
    assert.equal(locate(respond([0, 1, 2], [all, one])).diverged, false);
  });
});

const rates = [-10, -9, -8, -7, -6];
const slice = (position: number, level: number) => ({
  position,
  response: respond(
    rates,
    alike(3, [0.4, 0.1, 0, 0.2, 0.3].map((y) => y + level)),
  ),
});

describe("overLearningRates", () => {
  it("takes each seed's lowest fitted value at each weight decay, in ascending order", () => {
    const result = overLearningRates([slice(-4, 0.2), slice(-6, 0.1)], 0.5)!;
    assert.deepEqual([result.cell, result.positions], [0.5, [-6, -4]]);
    assert.deepEqual(result.seeds, [0, 1, 2]);
    const row = slice(-4, 0.2).response.scores[1]!;
    assert.equal(result.scores[1]![1]!.y, optimum(rates, row)!.y);
  });
  it("is diverged only where every learning rate is, and then scores as untrained", () => {
    const dead = respond(rates, alike(3, [BROKE, BROKE, BROKE, BROKE, BROKE]));
    const some = respond(rates, alike(3, [0.2, 0, BROKE, BROKE, BROKE]));
    const { scores: result } = overLearningRates([
      { position: -2, response: some },
      { position: -1, response: dead },
    ], 0.5)!;
    assert.deepEqual(result[0]!.map((it) => it.diverged), [false, true]);
    assert.deepEqual(result[0]![1], scores(BROKE)[0]);
  });
  it("keeps weight decay 0 as the lowest position", () => {
    const zero = slice(-Infinity, 0);
    const { positions } = overLearningRates([slice(-4, 0), zero], 0.5)!;
    assert.deepEqual(positions, [-Infinity, -4]);
  });
  it("is null without slices, with an incomplete one, or with other seeds in one", () => {
    const fewer = respond(rates, alike(2, [0.4, 0.1, 0, 0.2, 0.3]));
    assert.equal(overLearningRates([], 0.5), null);
    for (const response of [null, fewer]) {
      const slices = [slice(-4, 0), { position: -3, response }];
      assert.equal(overLearningRates(slices, 0.5), null);
      assert.equal(overLearningRates(slices.reverse(), 0.5), null);
    }
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { LISTED_VALUES } from "../verdicts/claims.ts";
import { between as band, type Finding } from "./estimate.ts";
import {
  bestListed,
  edgeDistance,
  edgesOf,
  insideRange,
  type MarginVerdicts,
  NEAR_EDGE,
  notWorse,
  optimaDifference,
  optimumOf,
  scoreDifference,
  wilson,
} from "./findings.ts";
import { locate } from "./optimum.ts";
import type { Response } from "./response.ts";
import {
  alike,
  BROKE,
  estimateIn,
  isClose,
  measured,
  rangeIn,
  respond,
  scores,
} from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { decide, judge, type Verdict } from "./verdict.ts";

type Study = typeof reference.studies[number];
type Decay = typeof reference.decays[number];

describe("optimaDifference", () => {
  for (const study of reference.studies) {
    it(`agrees with a second implementation: ${study.name}`, () => {
      const finding = optimaDifference(arm(study.first), arm(study.second));
      agree(finding, study.finding);
      const judged = reference.judged.find((it) => it.name === study.name)!;
      for (const [low, high, state] of judged.states) {
        assert.equal(
          decide(finding, band(low as number, high as number)),
          state,
        );
      }
    });
  }
  for (const { name, first, second, finding } of reference.decays) {
    it(`agrees with a second implementation: ${name}`, () => {
      agree(optimaDifference(arm(first, 0.5), arm(second, 0.5)), finding);
    });
  }
  it("is exactly 1 decade for the same scores a decade further up", () => {
    const rows = alike(5, [0.4, 0.1, 0, 0.1, 0.4], 0.01);
    const low = respond([-10, -9, -8, -7, -6], rows);
    const high = respond([-6, -5, -4, -3, -2], rows);
    const { values, interval90 } = estimateIn(optimaDifference(high, low));
    values.forEach((value) => isClose(value, 1, 1e-12));
    isClose(interval90.low, 0.9, 1e-12);
    isClose(interval90.high, 1.1, 1e-12);
  });
  it("allows 2/5 of a cell, and half a cell more for a cliff in either arm or in both", () => {
    const valley = (cell: number) =>
      respond([0, 1, 2], alike(3, [0.3, 0, 0.3]), cell);
    const cliff = respond([0, 1, 2], alike(3, [0.3, 0, BROKE]));
    const allowance = (first: Response, second: Response) =>
      estimateIn(optimaDifference(first, second)).allowance;
    assert.equal(allowance(valley(0.25), valley(0.25)), 0.1);
    assert.equal(allowance(valley(0.5), valley(0.5)), 0.2);
    assert.equal(allowance(cliff, valley(0.25)), 0.225);
    assert.equal(allowance(valley(0.25), cliff), 0.225);
    assert.equal(allowance(cliff, cliff), 0.225);
  });
  it("is invalid where an arm diverged everywhere", () => {
    const valley = respond([0, 1, 2], alike(3, [0.3, 0, 0.3]));
    const dead = respond([0, 1, 2], alike(3, [BROKE, BROKE, BROKE]));
    assert.deepEqual(optimaDifference(valley, dead), {
      kind: "invalid",
      n: 3,
      because: "diverged",
    });
  });
  it("is missing without an arm, with other seeds in one, and with weight decay 0 alone", () => {
    const valley = respond([0, 1, 2], alike(3, [0.3, 0, 0.3]));
    const fewer = respond([0, 1, 2], alike(2, [0.3, 0, 0.3]));
    const others = { ...valley, seeds: [1, 2, 3] };
    const zero = respond([-Infinity], alike(3, [0.3]));
    for (const other of [null, fewer, others, zero]) {
      assert.deepEqual(optimaDifference(valley, other), { kind: "missing" });
      assert.deepEqual(optimaDifference(other, valley), { kind: "missing" });
    }
  });
  it("is an estimate without an interval for one seed", () => {
    const one = respond([0, 1, 2], [[0.3, 0, 0.3]]);
    const { mean, interval95 } = estimateIn(optimaDifference(one, one));
    assert.deepEqual([mean, interval95.high], [0, Infinity]);
  });
});

describe("optimumOf", () => {
  it("is the arm's own place with the allowance of one fit", () => {
    const arm = respond([-8, -7, -6], alike(3, [0.3, 0, 0.3]));
    const { values, allowance } = estimateIn(optimumOf(arm));
    assert.deepEqual([values, allowance], [[-1.75, -1.75, -1.75], 0.1]);
  });
  it("is bounded by the closed side where the other is open", () => {
    const arm = respond([-8, -7, -6], alike(3, [0.4, 0.2, 0]));
    const { low, high } = rangeIn(optimumOf(arm), "open side");
    isClose(low, -1.75 - 0.1, 1e-12);
    assert.equal(high, Infinity);
  });
  it("is missing without runs", () => {
    assert.deepEqual(optimumOf(null), { kind: "missing" });
  });
});

/** Weight decay 0 is written null. */
function arm(
  { positions, y, diverged }: Study["first"] | Decay["first"],
  cell = 0.25,
): Response {
  return {
    cell,
    positions: positions.map((at) => at ?? -Infinity),
    seeds: y.map((_, seed) => seed),
    scores: measured(y, diverged),
  };
}

function agree(
  actual: Finding,
  expected: Study["finding"] | Decay["finding"],
): void {
  if (expected.kind === "flat") {
    assert.ok(actual.kind === "invalid" && actual.because === "flat");
  } else if (expected.kind === "range") {
    assert.ok(actual.kind === "range");
    isClose(actual.range.low, expected.low ?? -Infinity, 1e-7);
    isClose(actual.range.high, expected.high ?? Infinity, 1e-7);
  } else {
    assert.ok(actual.kind === "estimate");
    const { values, interval90, interval95, sd, allowance } = actual.estimate;
    values.forEach((d, i) => isClose(d, expected.values![i]!, 1e-9));
    isClose(sd, expected.sd!, 1e-9);
    isClose(allowance, expected.allowance!, 1e-12);
    isClose(interval90.low, expected.interval90![0]!, 1e-7);
    isClose(interval90.high, expected.interval90![1]!, 1e-7);
    isClose(interval95.low, expected.interval95![0]!, 1e-7);
    isClose(interval95.high, expected.interval95![1]!, 1e-7);
  }
}

const grid = [0, 1, 2, 3, 4, 5];

describe("edgesOf", () => {
  const falls = [0.4, 0.2, 0, 0.1, 0.2, BROKE] as const;
  for (
    const [what, rows, edges] of [
      ["lies between the first broken point and the one below", [
        [0.4, 0.2, 0, 0.1, BROKE, BROKE],
        [0.4, 0.2, 0, BROKE, 0, 0],
      ], [3.5, 2.5]],
      ["is where a score is half way back to the untrained one", [
        [0.2, 0, 0.5, 0.9, 0.9, 0.9],
        [0.2, 0, 0.49, 0.9, 0.9, 0.9],
      ], [1.5, 2.5]],
      ["is no rate too small to learn", [[0.95, 0.6, 0, 0.1, BROKE, BROKE]], [
        3.5,
      ]],
      ["is missing for a seed that never breaks", [
        [0.4, 0.2, 0, 0.1, 0.2, 0.3],
        falls,
      ], [null, 4.5]],
      ["lies half a cell below the grid for a seed that diverged everywhere", [
        [BROKE, BROKE, BROKE, BROKE, BROKE, BROKE],
        falls,
      ], [-0.5, 4.5]],
    ] as const
  ) {
    it(what, () => assert.deepEqual(edgesOf(respond(grid, rows)), edges));
  }
});

describe("edgeDistance", () => {
  for (const study of reference.explosions) {
    it(`agrees with a second implementation: ${study.name}`, () => {
      const { positions, y, diverged } = study.arm;
      const scores = measured(y, diverged);
      const arm = { ...respond(positions, y), scores };
      assert.deepEqual(edgesOf(arm), study.edges);
      const finding = edgeDistance(arm);
      assert.equal(judge(finding, NEAR_EDGE).state, study.state);
      const { kind, low, interval90, interval95 } = study.finding as {
        kind: string;
        low?: number;
        interval90?: number[];
        interval95?: number[];
      };
      assert.equal(finding.kind, kind);
      if (finding.kind === "range") {
        isClose(finding.range.low, low!, 1e-7);
        assert.equal(finding.range.high, Infinity);
      } else if (finding.kind === "estimate") {
        isClose(finding.estimate.interval90.high, interval90![1]!, 1e-7);
        isClose(finding.estimate.interval95.low, interval95![0]!, 1e-7);
      }
    });
  }
  it("is edge - optimum in decades, with 9/10 of a cell allowed", () => {
    const arm = respond(grid, alike(5, [0.3, 0, 0.3, BROKE, BROKE, BROKE]));
    const { values, allowance } = estimateIn(edgeDistance(arm));
    values.forEach((h) => isClose(h, 1.5 * 0.25, 1e-12));
    isClose(allowance, 0.225, 1e-12);
  });
  const near = respond(grid, alike(5, [0.6, 0.3, 0, BROKE, BROKE, BROKE]));
  const wide = [0.1, 0, 0.1, 0.2, 0.3, 0.4, BROKE] as const;
  const far = respond([-1, ...grid], alike(5, wide));
  const noEdge = respond(grid, alike(5, [0.3, 0, 0.1, 0.2, 0.3, 0.4]));
  const narrow = respond([0, 1, 2], alike(5, [0.3, 0, 0.3]));
  const below = respond(grid, alike(5, [0, 0.1, 0.2, 0.3, 0.4, BROKE]));
  const above = respond(grid, alike(5, [0.5, 0.4, 0.3, 0.2, 0.1, 0]));
  const rising = respond(grid, alike(5, grid.map((i) => 0.08 * i)));
  for (
    const [what, arm, state] of [
      ["a best rate just below the edge", near, "SUPPORTED"],
      ["one far below", far, "REFUTED"],
      ["seeds without an edge, too far from the best", noEdge, "REFUTED"],
      ["seeds without an edge, near the best", narrow, "INVALID(edge)"],
      ["an optimum that may lie below the grid", below, "REFUTED(bound)"],
      ["one above it, without an edge", above, "INVALID(edge)"],
      ["one below it, without an edge", rising, "REFUTED(bound)"],
    ] as const
  ) {
    it(`is ${state} for ${what}`, () =>
      assert.equal(judge(edgeDistance(arm), NEAR_EDGE).state, state));
  }
  it("is bounded from below where a seed has no edge or the optimum may lie below", () => {
    const short = rangeIn(edgeDistance(noEdge), "no edge");
    const at = locate(noEdge).values[0]!;
    isClose(short.low, 5 * 0.25 - at - 0.225, 1e-12);
    const open = rangeIn(edgeDistance(below), "open side");
    isClose(open.low, 4.5 * 0.25 - 0.25 - 0.225, 1e-12);
    const both = rangeIn(edgeDistance(rising), "open side");
    isClose(both.low, 5 * 0.25 - 0.25 - 0.225, 1e-12);
    const none = rangeIn(edgeDistance(above), "open side");
    assert.deepEqual(none, { low: -Infinity, high: Infinity });
  });
  it("is missing without runs and invalid where all diverged", () => {
    assert.deepEqual(edgeDistance(null), { kind: "missing" });
    const dead = edgeDistance(respond([0, 1], alike(3, [BROKE, BROKE])));
    assert.ok(dead.kind === "invalid" && dead.because === "diverged");
  });
});

const valleyAt = (best: number) =>
  respond([best - 1, best, best + 1], alike(5, [0.3, 0, 0.3]));

describe("insideRange", () => {
  it("supports an optimum between the smallest and the largest listed value", () => {
    const verdict = insideRange(valleyAt(-6), LISTED_VALUES.learningRate);
    assert.equal(verdict.state, "SUPPORTED");
    isClose(verdict.band.low, Math.log10(5e-3), 1e-12);
    assert.equal(verdict.band.high, -1);
  });
  it("is inconclusive at the range's end and refuted beyond it", () => {
    const state = (best: number) =>
      insideRange(valleyAt(best), LISTED_VALUES.learningRate).state;
    assert.deepEqual([state(-4), state(-3)], ["INCONCLUSIVE", "REFUTED"]);
  });
  it("is NOT RUN without runs", () => {
    assert.equal(insideRange(null, [0.1, 1]).state, "NOT RUN");
  });
});

describe("bestListed", () => {
  it("is the point with the lowest mean over its seeds, the first of equal ones", () => {
    const points = [scores(0, 0.4), scores(0.1, 0.1), scores(0.1, 0.1)];
    assert.equal(bestListed(points), 1);
  });
  it("is null for an empty list, and where a point was not run", () => {
    assert.equal(bestListed([]), null);
    assert.equal(bestListed([[], scores(0.4)]), null);
  });
});

const baseline = scores(-0.8, -0.81, -0.79, -0.82, -0.78);
const by = (...shifts: number[]) =>
  scores(...baseline.map((it, i) => it.y + shifts[i % shifts.length]!));

describe("notWorse", () => {
  it("agrees with SciPy's t bounds at all three margins", () => {
    for (
      const { candidate, reference: baseline, ...expected } of reference
        .comparisons
    ) {
      const result = notWorse(scores(...candidate), scores(...baseline));
      const { stricter, verdict, looser } = result;
      assert.deepEqual(
        [stricter.state, verdict.state, looser.state],
        expected.states,
      );
      const { mean, interval90, interval95 } = estimateIn(verdict.finding);
      isClose(mean, expected.mean, 1e-12);
      isClose(interval90.high, expected.upper, 1e-8);
      isClose(interval95.low, expected.lower, 1e-8);
      isClose(result.inSeedSds!, expected.inSeedSds, 1e-9);
    }
  });
  it("uses one-sided bounds of 95% for and of 97.5% against, at each margin", () => {
    // Mean g margin -+ b with n = 5: t_0.95 = 2.1318, t_0.975 = 2.7764; sd of (1,-1,1,-1,0) is 1.
    const spread = [1, -1, 1, -1, 0].map((it) => it * Math.sqrt(5) * 0.001);
    const at = (mean: number) =>
      notWorse(by(...spread.map((it) => it + mean)), baseline);
    const states = (
      of: (comparison: MarginVerdicts) => Verdict,
      margin: number,
    ) =>
      [-0.00214, -0.00212, 0.00276, 0.00279]
        .map((beyond) => of(at(margin + beyond)).state);
    const expected = ["SUPPORTED", "INCONCLUSIVE", "INCONCLUSIVE", "REFUTED"];
    assert.deepEqual(states((it) => it.stricter, 0.01), expected);
    assert.deepEqual(states((it) => it.verdict, 0.02), expected);
    assert.deepEqual(states((it) => it.looser, 0.05), expected);
  });
  it("gives the difference in sds of the baseline's seeds, if they have one", () => {
    isClose(
      notWorse(by(0.02), baseline).inSeedSds!,
      0.02 / Math.sqrt(0.001 / 4),
      1e-9,
    );
    const equal = scores(0.1, 0.1);
    assert.equal(notWorse(scores(0.2, 0.2), equal).inSeedSds, null);
  });
  it("counts a diverged run at the score before training", () => {
    const finding = scoreDifference(scores(BROKE, 0), scores(0, 0));
    assert.deepEqual(estimateIn(finding).values, [1, 0]);
  });
  it("is NOT RUN without runs, with a missing one, or with fewer on one side", () => {
    for (const other of [[], [...baseline.slice(1), null], by(0).slice(1)]) {
      const comparison = notWorse(other, baseline);
      assert.equal(comparison.verdict.state, "NOT RUN");
      assert.equal(comparison.inSeedSds, null);
      assert.equal(notWorse(baseline, other).verdict.state, "NOT RUN");
    }
  });
});

describe("wilson", () => {
  it("agrees with statsmodels' proportion_confint", () => {
    for (const [count, n, level, low, high] of reference.wilson) {
      const interval = wilson(count!, n!, level!);
      isClose(interval.low, low!, 1e-12);
      isClose(interval.high, high!, 1e-12);
    }
  });
  it("ends exactly at 0 and 1 where no run or every run counts", () => {
    assert.equal(wilson(0, 7).low, 0);
    assert.equal(wilson(7, 7).high, 1);
  });
  it("knows nothing without runs", () => {
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { LOOKS } from "./looks.ts";
import {
  CHANCES,
  levelFor,
  type NightTally,
  simulateNights,
} from "./night_simulation.ts";
import {
  coverageOnNormalData,
  CURVES,
  isWithinBounds,
  simulate,
  type Tally,
  worstShares,
} from "./simulation.ts";
import { isClose } from "./testdata/respond.ts";

describe("simulate", () => {
  it("keeps its promises for every pair of curves and number of seeds, in a small run", () => {
    let rows = 0;
    for (const tallies of simulate(40, 1)) {
      const { first, second, n } = tallies[0]!;
      const summary = worstShares(tallies);
      assert.ok(
        isWithinBounds(summary),
        `curves ${first} and ${second}, n = ${n}: ${JSON.stringify(summary)}`,
      );
      assert.ok(summary.estimated > 0.9);
      rows++;
    }
    assert.equal(rows, 40);
  });
  it("gives the same studies for the same seed and others for another", () => {
    const first = (seed: number) => simulate(20, seed).next().value;
    assert.deepEqual(first(3), first(3));
    assert.notDeepEqual(first(3), first(4));
  });
});

describe("summarize", () => {
  const tally: Tally = {
    first: 1,
    second: 2,
    n: 5,
    phase: 0,
    studies: 100,
    estimated: 80,
    covered: 76,
    supported: [3, 9],
    refuted: [5, 1],
  };
  it("has the coverage of the intervals there are and the worse end of the band", () => {
    assert.deepEqual(worstShares([tally, tally]), {
      coverage: 0.95,
      estimated: 0.8,
      supported: 0.09,
      refuted: 0.05,
    });
  });
  it("is out of bounds for too little coverage and for too many wrong verdicts of either kind", () => {
    const good: Tally = { ...tally, supported: [3, 8], refuted: [4, 0] };
    const within = (change: Partial<Tally>) =>
      isWithinBounds(worstShares([{ ...good, ...change }]));
    assert.ok(within({}));
    assert.ok(!within({ covered: 71 }));
    assert.ok(!within({ supported: [9, 0] }));
    assert.ok(!within({ refuted: [0, 5] }));
  });
});

describe("coverageOnNormalData", () => {
  it("is near 90% for plain t intervals", () => {
    for (const n of [5, 10]) {
      isClose(coverageOnNormalData(5000, n, 1), 0.9, 0.02);
    }
  });
});

describe("curves", () => {
  it("have their optima where SciPy's minimize_scalar finds them", () => {
    // minimize_scalar(y, bounds=(-1, 0.02 or 1), method="bounded", options={"xatol": 1e-9})
    const expected = [-0.003046, -0.004307, 0.003159, -0.001881, 0.02];
    CURVES.forEach((curve, i) => isClose(curve.best, expected[i]!, 1e-4));
  });
});

describe("simulateNights", () => {
  it("keeps its promises over all pairs of curves in a small run", () => {
    const tallies = [...simulateNights(8, 1)];
    assert.equal(tallies.length, 20);
    const sum = (of: (tally: NightTally) => number) =>
      tallies.reduce((total, it) => total + of(it), 0);
    const studies = sum((it) => it.studies);
    const summary = {
      coverage: sum((it) => it.covered) / sum((it) => it.estimated),
      estimated: sum((it) => it.estimated) / sum((it) => it.asked),
      supported: sum((it) => Math.max(...it.supported)) / studies,
      refuted: sum((it) => Math.max(...it.refuted)) / studies,
    };
    assert.ok(isWithinBounds(summary), JSON.stringify(summary));
    assert.ok(summary.estimated > 0.9);
    assert.ok(sum((it) => it.seeds) / sum((it) => it.asked) < 10);
  });
});

describe("levelFor", () => {
  it("comes to the levels that the looks use", () => {
    for (const kind of ["tune", "report"] as const) {
      for (const name of ["supported", "refuted"] as const) {
        const again = levelFor(kind, CHANCES[name], 40_000, 1);
        const used = LOOKS[kind].levels[name];
        assert.ok(Math.abs(again / used - 1) < 0.1, `${kind} ${name} ${again}`);
      }
    }
  });
});

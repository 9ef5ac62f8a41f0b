import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { LOOKS } from "./looks.ts";
import {
  CHANCES,
  levelFor,
  type NightTally,
  simulateNights,
} from "./night_simulation.ts";
import { isWithinBounds } from "./simulation.ts";

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

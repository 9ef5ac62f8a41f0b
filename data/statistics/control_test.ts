import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { control, gate } from "./control.ts";
import type { Response } from "./response.ts";
import { alike, isClose, respond } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { judge, type State, type Verdict } from "./verdict.ts";

/** A parabola about `best` on 9 grid points, its seeds up to `spread` cells to either side. */
function block(best: number, spread = 0.4): Response {
  const from = Math.round(best) - 4;
  const positions = Array.from({ length: 9 }, (_, i) => from + i);
  return respond(
    positions,
    [-1, -0.5, 0, 0.5, 1].map((step) =>
      positions.map((at) => 0.03 * (at - best - spread * step) ** 2)
    ),
  );
}

const plain = block(-10);

function measured(
  { positions, y, diverged }: typeof reference.controls[number]["plain"],
): Response {
  const scores = y.map((row, seed) =>
    row.map((y, i) => ({ y, y0: 0.83, diverged: diverged[seed]![i]! }))
  );
  return { ...respond(positions, y), scores };
}

describe("control", () => {
  it("agrees with a second implementation", () => {
    for (const example of reference.controls) {
      const result = control(measured(example.plain), measured(example.slow));
      const states = result.checks.map((it) => it.verdict.state);
      assert.deepEqual(states, example.states);
      assert.equal(result.state, example.state);
      isClose(result.interval99!.low, example.interval99[0]!, 1e-7);
      isClose(result.interval99!.high, example.interval99[1]!, 1e-7);
    }
  });
  it("is CALIBRATED where it finds 0.9, and neither 0 nor -0.9 after relabelling", () => {
    const result = control(plain, block(-10 + 3.6));
    assert.equal(result.state, "CALIBRATED");
    assert.deepEqual(result.checks.map((it) => it.verdict.state), [
      "SUPPORTED",
      "REFUTED",
      "REFUTED",
    ]);
    assert.deepEqual(result.checks.map((it) => it.truth), [0.9, 0, -0.9]);
    assert.ok(result.interval99!.low < 0.9 && result.interval99!.high > 0.9);
  });
  it("is NOT CALIBRATED where a verdict is the opposite of the truth", () => {
    const result = control(plain, plain);
    assert.equal(result.checks[0]!.verdict.state, "REFUTED");
    assert.equal(result.state, "NOT CALIBRATED");
  });
  it("is NOT CALIBRATED by a bound alone, without an interval", () => {
    const open = respond([-14, -13, -12], alike(5, [0, 0.2, 0.4]));
    const result = control(plain, open);
    assert.equal(result.checks[0]!.verdict.state, "REFUTED(bound)");
    assert.equal(result.interval99, null);
    assert.equal(result.state, "NOT CALIBRATED");
  });
  it("is NOT CALIBRATED where the truth lies outside the interval at 0.995", () => {
    const result = control(plain, block(-10 + 4.8, 0));
    assert.equal(result.checks[0]!.verdict.state, "SUPPORTED");
    assert.ok(result.interval99!.low > 0.9);
    assert.equal(result.state, "NOT CALIBRATED");
  });
  it("is UNDERPOWERED where a verdict is inconclusive or invalid", () => {
    // The seeds of the two blocks lie on opposite sides of their means.
    const loose = control(block(-10, -2), block(-10 + 3.6, 2));
    assert.equal(loose.checks[0]!.verdict.state, "INCONCLUSIVE");
    assert.equal(loose.state, "UNDERPOWERED");
    const open = respond([-8, -7, -6], alike(5, [0.4, 0.2, 0]));
    assert.equal(control(plain, open).state, "UNDERPOWERED");
  });
  it("pairs two blocks of seeds of their own by their order", () => {
    const slow = block(-10 + 3.6);
    const other = { ...slow, seeds: slow.seeds.map((seed) => seed + 100) };
    assert.deepEqual(control(plain, other), control(plain, slow));
  });
  it("is NOT CHECKED where a block lacks seeds", () => {
    const slow = block(-10 + 3.6);
    const fewer = {
      ...slow,
      seeds: slow.seeds.slice(1),
      scores: slow.scores.slice(1),
    };
    assert.equal(control(plain, fewer).state, "NOT CHECKED");
    assert.equal(control(fewer, plain).state, "NOT CHECKED");
  });
  it("is NOT CHECKED without one of its blocks", () => {
    assert.equal(control(plain, null).state, "NOT CHECKED");
    assert.equal(control(null, plain).state, "NOT CHECKED");
    assert.equal(control(null, null).interval99, null);
  });
});

describe("gate", () => {
  const verdict = judge({ kind: "missing" }, { low: 0, high: 1, centre: 0.5 });
  const as = (state: State): Verdict => ({
    ...verdict,
    state,
    pValues: { supported: 0.01, refuted: 1 },
  });
  it("withdraws verdicts where the workload is NOT CALIBRATED", () => {
    const by = control(plain, plain);
    for (
      const state of [
        "SUPPORTED",
        "REFUTED",
        "REFUTED(bound)",
        "INCONCLUSIVE",
      ] as const
    ) {
      const gated = gate(as(state), by);
      assert.deepEqual([gated.state, gated.pValues], ["NOT CALIBRATED", null]);
    }
    assert.equal(gate(as("NOT RUN"), by).state, "NOT RUN");
  });
  it("lets verdicts pass where the control is passed, underpowered or not run", () => {
    for (const slow of [block(-6.4), block(-6.4, 3), null]) {
      const passed = as("SUPPORTED");
      assert.equal(gate(passed, control(plain, slow)), passed);
    }
  });
});

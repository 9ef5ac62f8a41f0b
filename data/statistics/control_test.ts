import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { control, gate } from "./control.ts";
import type { Response } from "./response.ts";
import { alike, isClose, measured, respond } from "./testdata/respond.ts";
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

const blockOf = (
  { positions, y, diverged }: typeof reference.controls[number]["plain"],
) => ({ ...respond(positions, y), scores: measured(y, diverged) });

describe("control", () => {
  it("agrees with a second implementation", () => {
    for (const example of reference.controls) {
      const result = control(blockOf(example.plain), blockOf(example.slow));
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
    const states = result.checks.map((it) => it.verdict.state);
    assert.deepEqual(states, ["SUPPORTED", "REFUTED", "REFUTED"]);
    assert.deepEqual(result.checks.map((it) => it.truth), [0.9, 0, -0.9]);
    assert.ok(result.interval99!.low < 0.9 && result.interval99!.high > 0.9);
  });
  // The seeds of the two blocks lie on opposite sides of their means.
  const loose = [block(-10, -2), block(-10 + 3.6, 2)] as const;
  const rising = respond([-14, -13, -12], alike(5, [0, 0.2, 0.4]));
  const falling = respond([-8, -7, -6], alike(5, [0.4, 0.2, 0]));
  const far = block(-10 + 4.8, 0);
  const slow = block(-10 + 3.6);
  const [, ...seeds] = slow.seeds;
  const fewer = { ...slow, seeds, scores: slow.scores.slice(1) };
  for (
    const [what, [first, second], state, found] of [
      [
        "a verdict opposite to the truth",
        [plain, plain],
        "NOT CALIBRATED",
        "REFUTED",
      ],
      ["a bound alone", [plain, rising], "NOT CALIBRATED", "REFUTED(bound)"],
      [
        "an interval beside the truth",
        [plain, far],
        "NOT CALIBRATED",
        "SUPPORTED",
      ],
      ["an inconclusive verdict", loose, "UNDERPOWERED", "INCONCLUSIVE"],
      ["an invalid verdict", [plain, falling], "UNDERPOWERED", "INVALID(edge)"],
      ["a block that lacks seeds", [plain, fewer], "NOT CHECKED"],
      ["another that does", [fewer, plain], "NOT CHECKED"],
      ["no slowed block", [plain, null], "NOT CHECKED"],
      ["no plain block", [null, plain], "NOT CHECKED"],
      ["no block at all", [null, null], "NOT CHECKED"],
    ] as [string, [Response | null, Response | null], string, string?][]
  ) {
    it(`is ${state} with ${what}`, () => {
      const { checks, ...result } = control(first, second);
      assert.equal(result.state, state);
      if (found) assert.equal(checks[0]!.verdict.state, found);
    });
  }
  it("has an interval at 0.995 where both blocks give an estimate", () => {
    assert.equal(control(plain, rising).interval99, null);
    assert.equal(control(null, null).interval99, null);
    assert.ok(control(plain, far).interval99!.low > 0.9);
  });
  it("pairs two blocks of seeds of their own by their order", () => {
    const other = { ...slow, seeds: slow.seeds.map((seed) => seed + 100) };
    assert.deepEqual(control(plain, other), control(plain, slow));
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
    const judged = ["SUPPORTED", "REFUTED", "REFUTED(bound)", "INCONCLUSIVE"];
    for (const state of judged as State[]) {
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

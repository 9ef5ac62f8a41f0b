import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { between as band, type Finding } from "./estimate.ts";
import { optimaDifference, optimumOf } from "./findings.ts";
import type { Response } from "./response.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { alike, broke, respond } from "./testdata/respond.ts";
import { decide } from "./verdict.ts";

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
    const finding = optimaDifference(high, low);
    assert.ok(finding.kind === "estimate");
    finding.estimate.values.forEach((value) => isClose(value, 1, 1e-12));
    isClose(finding.estimate.interval90.low, 0.9, 1e-12);
    isClose(finding.estimate.interval90.high, 1.1, 1e-12);
  });
  it("allows 2/5 of a cell, and half a cell more for a cliff in either arm or in both", () => {
    const valley = (cell: number) =>
      respond([0, 1, 2], alike(3, [0.3, 0, 0.3]), cell);
    const cliff = respond([0, 1, 2], alike(3, [0.3, 0, broke]));
    const allowance = (first: Response, second: Response) => {
      const finding = optimaDifference(first, second);
      return finding.kind === "estimate" && finding.estimate.allowance;
    };
    assert.equal(allowance(valley(0.25), valley(0.25)), 0.1);
    assert.equal(allowance(valley(0.5), valley(0.5)), 0.2);
    assert.equal(allowance(cliff, valley(0.25)), 0.225);
    assert.equal(allowance(valley(0.25), cliff), 0.225);
    assert.equal(allowance(cliff, cliff), 0.225);
  });
  it("is invalid where an arm diverged everywhere", () => {
    const valley = respond([0, 1, 2], alike(3, [0.3, 0, 0.3]));
    const dead = respond([0, 1, 2], alike(3, [broke, broke, broke]));
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
    const finding = optimaDifference(one, one);
    assert.ok(finding.kind === "estimate");
    assert.equal(finding.estimate.mean, 0);
    assert.equal(finding.estimate.interval95.high, Infinity);
  });
});

describe("optimumOf", () => {
  it("is the arm's own place with the allowance of one fit", () => {
    const arm = respond([-8, -7, -6], alike(3, [0.3, 0, 0.3]));
    const finding = optimumOf(arm);
    assert.ok(finding.kind === "estimate");
    assert.deepEqual(finding.estimate.values, [-1.75, -1.75, -1.75]);
    assert.equal(finding.estimate.allowance, 0.1);
  });
  it("is bounded by the closed side where the other is open", () => {
    const arm = respond([-8, -7, -6], alike(3, [0.4, 0.2, 0]));
    const finding = optimumOf(arm);
    assert.ok(finding.kind === "range");
    isClose(finding.range.low, -1.75 - 0.1, 1e-12);
    assert.equal(finding.range.high, Infinity);
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
    scores: y.map((row, seed) =>
      row.map((y, i) => ({ y, y0: 0.83, diverged: diverged[seed]![i]! }))
    ),
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

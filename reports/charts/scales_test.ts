import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CLAIMS } from "../../data/verdicts/claims.ts";
import {
  logTicks,
  LOSS_SCALE,
  LOWER_SCALE,
  MOST_MARKS,
  partScale,
  rateTicks,
  RATIO_SCALE,
  VALUE_SCALE,
  type VerdictScale,
} from "./scales.ts";

describe("a verdict's scale", () => {
  const written: readonly (readonly [VerdictScale, number, string])[] = [
    [RATIO_SCALE, 0.9, "7.9×"],
    [RATIO_SCALE, -0.3, "0.50×"],
    [LOWER_SCALE, -1, "10× lower"],
    [LOWER_SCALE, 0.5, "3.2× higher"],
    [LOWER_SCALE, 0.001, "1.0×"],
    [VALUE_SCALE, -1.5, "3.2e-2"],
    [LOSS_SCALE, Math.log(1.02), "+2.0%"],
    [LOSS_SCALE, Math.log(0.996), "−0.40%"],
    [LOSS_SCALE, Math.log(3), "+200%"],
    [LOSS_SCALE, 0.00001, "0%"],
  ];
  for (const [scale, value, text] of written) {
    it(`writes ${value} as ${text}`, () => {
      assert.equal(scale.format(value), text);
    });
  }

  it("marks half decades, and whole ones over a long range", () => {
    assert.deepEqual(RATIO_SCALE.ticks(-0.2, 1.6), [0, 0.5, 1, 1.5]);
    assert.deepEqual(RATIO_SCALE.ticks(-1.2, 2.2), [-1, 0, 1, 2]);
  });

  it("marks changes of the loss at round percentages", () => {
    const percent = LOSS_SCALE.ticks(-0.021, 0.055)
      .map((tick) => Math.round(100 * Math.expm1(tick)));
    assert.deepEqual(percent, [-2, 0, 2, 4]);
  });

  it("is that of the claim: a place for H4, a change of the loss for scores", () => {
    const claim = (id: string) => CLAIMS.find((it) => it.id === id)!;
    assert.equal(partScale(claim("H1"), { unit: "decades" }), RATIO_SCALE);
    assert.equal(partScale(claim("H2"), { unit: "decades" }), LOWER_SCALE);
    assert.equal(partScale(claim("H3"), { unit: "decades" }), RATIO_SCALE);
    assert.equal(partScale(claim("H4"), { unit: "decades" }), VALUE_SCALE);
    assert.equal(partScale(claim("H4"), { unit: "y" }), LOSS_SCALE);
  });
});

describe("logTicks", () => {
  const cases: readonly (readonly [number, number, readonly number[]])[] = [
    [1e-3, 1, [1e-3, 1e-2, 1e-1, 1]],
    [0.1, 10, [0.1, 0.3, 1, 3, 10]],
    [0.31, 2.5, [0.5, 0.7, 1, 1.5, 2]],
    [0.38, 0.72, [0.4, 0.5, 0.6, 0.7]],
    [0.41, 0.43, [0.41, 0.415, 0.42, 0.425, 0.43]],
    [2, 2, [2]],
  ];
  for (const [low, high, expected] of cases) {
    it(`marks round numbers from ${low} to ${high}`, () => {
      assert.deepEqual(logTicks(low, high), expected);
    });
  }

  for (const [low, high] of [[0, 1], [-1, 1], [2, 1], [NaN, 1]] as const) {
    it(`refuses an axis from ${low} to ${high}`, () => {
      assert.throws(() => logTicks(low, high), RangeError);
    });
  }
});

describe("rateTicks", () => {
  it("marks ones and threes, exactly", () => {
    assert.deepEqual(rateTicks(7e-5, 0.014), [
      1e-4,
      3e-4,
      1e-3,
      3e-3,
      1e-2,
    ]);
  });
});

describe("an axis of any reach", () => {
  const ratios = [1, 1.001, 1.5, 3, 10, 99, 1e3, 1e7, 1e10, 1e300, 1e308];
  for (const ratio of ratios) {
    it(`has at most six marks where the ends are ${ratio} apart`, () => {
      for (const low of [1e-300, 1e-7, 0.37, 1]) {
        const high = Math.min(low * ratio, Number.MAX_VALUE);
        const [from, to] = [Math.log(low), Math.log(high)];
        const size = Math.abs(to);
        const [first, last] = [from / Math.LN10, to / Math.LN10];
        const axes: Record<string, [number, number, number[]]> = {
          losses: [low, high, logTicks(low, high)],
          changes: [from, to, LOSS_SCALE.ticks(from, to)],
          changesBothWays: [-size, size, LOSS_SCALE.ticks(-size, size)],
          ratios: [first, last, RATIO_SCALE.ticks(first, last)],
          lower: [first, last, LOWER_SCALE.ticks(first, last)],
        };
        for (const [axis, [from, to, marks]] of Object.entries(axes)) {
          const said = `${axis} from ${from} to ${to}: ${marks}`;
          assert.ok(marks.length <= MOST_MARKS, said);
          assert.ok(marks.every(Number.isFinite), said);
          assert.equal(new Set(marks).size, marks.length, said);
        }
        const rates = rateTicks(low, high);
        assert.ok(rates.length <= MOST_MARKS + 2, `rates: ${rates}`);
        assert.ok(VALUE_SCALE.ticks(first, last).length <= MOST_MARKS + 2);
      }
    });
  }

  it("marks a loss 1,000 times the other's by its decades", () => {
    assert.deepEqual(
      LOSS_SCALE.ticks(0, Math.log(1001)).map(Math.exp).map(Math.round),
      [1, 10, 100, 1000],
    );
  });
});

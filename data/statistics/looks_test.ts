import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { between, type Finding, type Look, under } from "./estimate.ts";
import {
  estimateAt,
  LAST_LOOK,
  lookPValue,
  lookQuantile,
  LOOKS,
} from "./looks.ts";
import { isClose } from "./testdata/respond.ts";
import { decideAt, judge, OUT_OF_REACH } from "./verdict.ts";

/** Student's t as the procedure writes it, by kind and interval. */
const TABLE = {
  tune: {
    supported: [5.05, 3.26, 2.71, 2.44, 2.16],
    refuted: [6.64, 3.99, 3.26, 2.91, 2.57],
    control: [12.4, 6.10, 4.67, 4.06, 3.52],
  },
  report: {
    supported: [3.15, 2.61, 2.36, 2.20, 2.01],
    refuted: [3.72, 3.04, 2.75, 2.57, 2.37],
    control: [5.15, 4.03, 3.60, 3.36, 3.11],
  },
} as const;

const kinds = ["tune", "report"] as const;
const intervals = ["supported", "refuted", "control"] as const;

/** So many values with this mean and this sd. */
function values(look: Look, mean: number, sd: number): number[] {
  const n = LOOKS[look.kind].seeds[look.number - 1]!;
  const half = sd * Math.sqrt((n - 1) / n);
  return Array.from({ length: n }, (_, i) => mean + (i % 2 ? half : -half));
}

function found(look: Look, mean: number, sd: number, allowance = 0): Finding {
  const precision = { allowance, floor: 0 };
  const estimate = estimateAt(look, values(look, mean, sd), precision);
  return { kind: "estimate", estimate };
}

describe("lookQuantile", () => {
  for (const kind of kinds) {
    for (const interval of intervals) {
      it(`is Student's t as the procedure has it: ${kind}, ${interval}`, () => {
        for (const [i, t] of TABLE[kind][interval].entries()) {
          const got = lookQuantile({ kind, number: i + 1 }, interval);
          // Its levels are written to two or three digits.
          assert.ok(Math.abs(got / t - 1) < 0.012, `look ${i + 1}: ${got}`);
        }
      });
    }
  }
});

describe("estimateAt", () => {
  const look = { kind: "tune", number: 1 } as const;
  it("believes no sd below the floor", () => {
    const of = (sd: number) =>
      estimateAt(look, values(look, 1, sd), { allowance: 0.1, floor: 0.0625 });
    isClose(of(0.001).sd, 0.0625, 1e-12);
    isClose(of(0.5).sd, 0.5, 1e-12);
    const half = lookQuantile(look, "supported") * 0.0625 / 2 + 0.1;
    isClose(of(0).interval90.high, 1 + half, 1e-12);
  });
});

describe("decideAt", () => {
  const band = between(0.5, 1.5);
  const at = (number: number, mean: number, sd: number) => {
    const look = { kind: "tune", number } as const;
    return decideAt(look, found(look, mean, sd, 0.1), band);
  };
  it("closes a question that is supported or refuted at any look", () => {
    for (let number = 1; number <= LAST_LOOK; number++) {
      assert.deepEqual(at(number, 1, 0.05).state, "SUPPORTED");
      assert.deepEqual(at(number, 0, 0.05).state, "REFUTED");
    }
  });
  it("goes on while a verdict is in reach, and never stops at the first look for want of it", () => {
    assert.deepEqual(at(1, 0.5, 0.05), {
      closed: false,
      state: null,
      inReach: null,
    });
    assert.deepEqual(at(2, 1, 0.4), {
      closed: false,
      state: null,
      inReach: true,
    });
  });
  it("closes without a verdict where none is in reach, and at the last look", () => {
    const out = { closed: true, state: "INCONCLUSIVE", inReach: false };
    assert.deepEqual(at(2, 0.5, 0.06), out);
    const look = { kind: "tune", number: 2 } as const;
    const { reason } = judge(found(look, 0.5, 0.06, 0.1), band);
    assert.equal(reason, OUT_OF_REACH);
    assert.equal(at(5, 0.5, 0.06).closed, true);
  });
  it("decides nothing at an open side before the last look", () => {
    const range: Finding = {
      kind: "range",
      n: 4,
      range: { low: 2, high: Infinity },
      because: "open side",
    };
    const look = (number: number) => ({ kind: "tune", number } as const);
    assert.equal(decideAt(look(4), range, band).closed, false);
    assert.equal(decideAt(look(5), range, band).state, "REFUTED(bound)");
  });
  it("has reach on the one side that a band has", () => {
    const look = { kind: "report", number: 2 } as const;
    const on = (mean: number) =>
      decideAt(look, found(look, mean, 0.02), under(0.02)).inReach;
    assert.equal(on(0.012), true);
    assert.equal(on(0.0195), true); // two standard errors of the way still to go are 0.009
  });
});

describe("p-values of a look", () => {
  it("agree with its verdicts: 0.05 where an interval touches the band's end", () => {
    for (const kind of kinds) {
      for (let number = 1; number <= LAST_LOOK; number++) {
        const look = { kind, number };
        const n = LOOKS[kind].seeds[number - 1]!;
        const reach = (interval: "supported" | "refuted") =>
          lookQuantile(look, interval) / Math.sqrt(n);
        const supported = found(look, -reach("supported"), 1);
        isClose(judge(supported, under(0)).pValues!.supported, 0.05, 1e-5);
        const refuted = found(look, reach("refuted"), 1);
        isClose(judge(refuted, under(0)).pValues!.refuted, 0.05, 1e-5);
      }
    }
  });
  it("are 0 and 1 at the ends, and rise between", () => {
    const look = { kind: "tune", number: 3 } as const;
    assert.equal(lookPValue(look, 0), 0);
    assert.equal(lookPValue(look, 0.4), 1);
    isClose(lookPValue(look, 0.6 * 0.0185), 0.0379, 1e-3);
  });
});

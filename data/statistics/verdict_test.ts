import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  between,
  type Estimate,
  estimate,
  type Finding,
  under,
} from "./estimate.ts";
import { isClose } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import {
  adjust,
  joinParts,
  judge,
  type Judgement,
  label,
  power,
  seedsNeeded,
  type State,
  usually,
  type Verdict,
} from "./verdict.ts";

const band = between(0.5, 1.5);

const estimated = (...values: number[]): Finding => ({
  kind: "estimate",
  estimate: estimate(values, 0.1),
});

const ranged = (
  low: number,
  high: number,
  because: "open side" | "no edge" = "open side",
): Finding => ({ kind: "range", n: 5, range: { low, high }, because });

describe("judge", () => {
  it("says SUPPORTED where the 90% interval lies in the band", () => {
    const verdict = judge(estimated(0.9, 1, 1.1, 1, 1), band);
    assert.equal(verdict.state, "SUPPORTED");
    assert.deepEqual([verdict.n, verdict.seedsNeeded], [5, null]);
  });
  it("says REFUTED where the 95% interval and the band have nothing in common", () => {
    for (const values of [[0, 0.1, 0.05, 0.1, 0], [2.1, 2, 2.2, 2, 2]]) {
      assert.equal(judge(estimated(...values), band).state, "REFUTED");
    }
  });
  it("says INCONCLUSIVE with the seeds needed where the interval crosses the band's end", () => {
    const verdict = judge(estimated(0.3, 0.9, 0.5, 0.8, 0.2), band);
    assert.deepEqual([verdict.state, verdict.seedsNeeded], ["INCONCLUSIVE", 7]);
  });
  it("says INCONCLUSIVE with none under 100 where the allowance fills the band", () => {
    const verdict = judge(estimated(1, 1.2, 0.8), between(0.95, 1.05));
    assert.deepEqual(
      [verdict.state, verdict.seedsNeeded],
      ["INCONCLUSIVE", null],
    );
  });
  it("counts the ends of a band as inside, and the end of what lies under a value as outside", () => {
    const exact = (value: number): Finding => ({
      kind: "estimate",
      estimate: estimate([value, value]),
    });
    assert.equal(judge(exact(0.5), band).state, "SUPPORTED");
    assert.equal(judge(exact(0.5), under(0.5)).state, "INCONCLUSIVE");
    assert.equal(judge(exact(0.4), under(0.5)).state, "SUPPORTED");
    assert.equal(judge(exact(0.6), under(0.5)).state, "REFUTED");
  });
  it("says REFUTED(bound) where all that an open side leaves is outside, else INVALID(edge)", () => {
    const state = (low: number, high: number) =>
      judge(ranged(low, high), band).state;
    assert.equal(state(1.6, Infinity), "REFUTED(bound)");
    assert.equal(state(-Infinity, 0.4), "REFUTED(bound)");
    assert.equal(state(1.4, Infinity), "INVALID(edge)");
    assert.equal(state(-Infinity, 3), "INVALID(edge)");
    assert.equal(state(-Infinity, Infinity), "INVALID(edge)");
  });
  it("says REFUTED where seeds without edge are too far from the best already", () => {
    const state = (low: number) =>
      judge(ranged(low, Infinity, "no edge"), under(0.5)).state;
    assert.deepEqual([state(0.6), state(0.4)], ["REFUTED", "INVALID(edge)"]);
  });
  it("says INVALID(flat), INVALID(diverged) and NOT RUN", () => {
    const invalid = (because: "flat" | "diverged") =>
      judge({ kind: "invalid", n: 5, because }, band).state;
    assert.equal(invalid("flat"), "INVALID(flat)");
    assert.equal(invalid("diverged"), "INVALID(diverged)");
    const missing = judge({ kind: "missing" }, band);
    assert.deepEqual([missing.state, missing.n], ["NOT RUN", 0]);
  });
  it("says why one seed decides nothing", () => {
    const verdict = judge(estimated(1), band);
    assert.equal(verdict.state, "INCONCLUSIVE");
    assert.equal(verdict.reason, "one seed shows no spread");
    const dead = judge({ kind: "invalid", n: 1, because: "diverged" }, band);
    assert.equal(dead.reason, undefined);
  });
  it("has SciPy's p-values", () => {
    for (
      const { low, high, supported, refuted, ...given } of reference.pValues
    ) {
      const finding = {
        kind: "estimate" as const,
        estimate: { ...estimate([0, 1]), ...given } satisfies Estimate,
      };
      const { pValues } = judge(finding, between(low, high));
      isClose(pValues!.supported, supported, 1e-7);
      isClose(pValues!.refuted, refuted, 1e-7);
    }
  });
  it("has p-values of 0 and 1 without spread", () => {
    const { pValues } = judge(estimated(1, 1, 1), band);
    assert.deepEqual(pValues, { supported: 0, refuted: 1 });
  });
});

describe("label", () => {
  const few = ["preliminary", "low power", "published"];
  it("is preliminary below 5 seeds, low power below 10, published from there on", () => {
    const [three, ...labels] = [3, 4, 9, 10].map((n) => label(n));
    assert.deepEqual(labels, few);
    assert.deepEqual([three, label(5)], few.slice(0, 2));
  });
  it("wants 20 report seeds where a verdict rests on them", () => {
    assert.deepEqual([4, 19, 20].map((m) => label(10, m)), few);
  });
});

describe("power", () => {
  it("is that of two one-sided tests by SciPy's quadrature, for a band with two ends", () => {
    for (
      const { n, halfBand, sd, allowance, power: expected } of reference.power
        .two
    ) {
      const band = between(1 - halfBand, 1 + halfBand);
      isClose(power(n, band, { sd, allowance }), expected, 1e-5);
    }
  });
  it("is that of SciPy's noncentral t, for a band with one end", () => {
    for (const { n, high, sd, power: expected } of reference.power.one) {
      isClose(power(n, under(high), { sd, allowance: 0 }), expected, 1e-5);
    }
  });
  it("is all or nothing without spread, and none from one seed", () => {
    assert.equal(power(3, band, { sd: 0, allowance: 0.1 }), 1);
    assert.equal(power(3, band, { sd: 0, allowance: 0.6 }), 0);
    assert.equal(power(3, band, { sd: NaN, allowance: 0.1 }), 0);
  });
});

describe("seedsNeeded", () => {
  it("is the first n that a search with SciPy finds, or null", () => {
    for (
      const { halfBand, sd, allowance, seedsNeeded: expected } of reference
        .power.two
    ) {
      const band = between(-1 - halfBand, -1 + halfBand);
      assert.equal(seedsNeeded(band, { sd, allowance }), expected);
    }
    for (const { high, sd, seedsNeeded: expected } of reference.power.one) {
      assert.equal(seedsNeeded(under(high), { sd, allowance: 0 }), expected);
    }
  });
  it("is 2 where there is no spread", () => {
    assert.equal(seedsNeeded(between(0, 1), { sd: 0, allowance: 0.1 }), 2);
  });
});

const part = (state: State, rest: Partial<Judgement> = {}): Judgement => ({
  state,
  n: 10,
  seedsNeeded: null,
  pValues: { supported: 0.01, refuted: 1 },
  ...rest,
});

describe("together", () => {
  for (
    const [states, expected] of [
      [["SUPPORTED", "SUPPORTED"], "SUPPORTED"],
      [["SUPPORTED", "REFUTED"], "REFUTED"],
      [["NOT RUN", "REFUTED(bound)"], "REFUTED(bound)"],
      [["SUPPORTED", "INCONCLUSIVE"], "INCONCLUSIVE"],
      [["INCONCLUSIVE", "INVALID(edge)"], "INVALID(edge)"],
      [["INVALID(edge)", "INVALID(flat)"], "INVALID(flat)"],
      [["INVALID(diverged)", "NOT RUN"], "NOT RUN"],
    ] as [[State, State], State][]
  ) {
    it(`makes ${expected} of ${states.join(" and ")}`, () => {
      const parts = states.map((state) => part(state)) as [
        Judgement,
        Judgement,
      ];
      assert.equal(joinParts(parts).state, expected);
    });
  }
  it("needs the seeds of the part that needs most, or none will do", () => {
    const open = (seedsNeeded: number | null) =>
      part("INCONCLUSIVE", { seedsNeeded });
    assert.equal(joinParts([open(12), open(40)]).seedsNeeded, 40);
    assert.equal(joinParts([open(12), part("SUPPORTED")]).seedsNeeded, 12);
    assert.equal(joinParts([open(12), open(null)]).seedsNeeded, null);
  });
  it("has the largest p-value for and the smallest against, if each part has them", () => {
    const other = { pValues: { supported: 0.3, refuted: 0.2 } };
    const both = joinParts([part("SUPPORTED"), part("INCONCLUSIVE", other)]);
    assert.deepEqual(both.pValues, { supported: 0.3, refuted: 0.2 });
    const without = joinParts([
      part("SUPPORTED"),
      part("NOT RUN", { pValues: null }),
    ]);
    assert.equal(without.pValues, null);
  });
  it("has the p-value of what refutes it also where another part has none", () => {
    const refuted = { pValues: { supported: 1, refuted: 0.03 } };
    const both = joinParts([
      part("REFUTED", refuted),
      part("INVALID(edge)", { pValues: null }),
    ]);
    assert.deepEqual(both.pValues, { supported: 1, refuted: 0.03 });
  });
  it("has none where what refutes it has none", () => {
    const bounded = part("REFUTED", { pValues: null });
    assert.equal(joinParts([bounded]).pValues, null);
    assert.equal(joinParts([bounded, part("SUPPORTED")]).pValues, null);
  });
  it("passes on the reason of the part that decides, and of no other", () => {
    const reason = "one seed shows no spread";
    const vague = part("INCONCLUSIVE", { reason });
    assert.equal(joinParts([part("SUPPORTED"), vague]).reason, reason);
    assert.equal(joinParts([part("REFUTED"), vague]).reason, undefined);
  });
  it("has the seeds of the part with fewest", () => {
    assert.equal(
      joinParts([part("SUPPORTED"), part("SUPPORTED", { n: 4 })]).n,
      4,
    );
  });
});

/** The verdict on a workload with this mean and a spread of this many tenths. */
function workload(mean: number, tenths = 0.5): Verdict {
  const values = [0, 1, -1, 1, -1].map((it) => mean + it * tenths / 10);
  return judge({ kind: "estimate", estimate: estimate(values, 0.1) }, band);
}

const states = (verdicts: readonly Verdict[]) => verdicts.map((it) => it.state);

describe("adjust", () => {
  it("leaves a single workload as it is", () => {
    assert.deepEqual(adjust([workload(1)]), [workload(1)]);
  });
  it("withdraws what does not survive Holm, and says so", () => {
    // Alone p = 0.03: enough by itself, but not as the least sure of three.
    const weak = {
      ...workload(0.67),
      pValues: { supported: 0.03, refuted: 1 },
    };
    const unsure = {
      ...workload(0.6),
      pValues: { supported: 0.2, refuted: 1 },
    };
    const [strong, withdrawn] = adjust([workload(1, 0.1), weak, unsure]);
    assert.equal(weak.state, "SUPPORTED");
    assert.equal(strong!.state, "SUPPORTED");
    assert.equal(withdrawn!.state, "INCONCLUSIVE");
    isClose(withdrawn!.pValues!.supported, 0.06, 1e-12);
    assert.match(withdrawn!.reason!, /several workloads/);
  });
  it("withdraws REFUTED alike", () => {
    const weak = {
      ...workload(0, 0.1),
      pValues: { supported: 1, refuted: 0.04 },
    };
    const unsure = {
      ...workload(0.6),
      pValues: { supported: 1, refuted: 0.5 },
    };
    assert.equal(weak.state, "REFUTED");
    assert.deepEqual(states(adjust([weak, unsure])), [
      "INCONCLUSIVE",
      unsure.state,
    ]);
  });
  it("lets verdicts without p-values be, and does not count them", () => {
    const flat = judge({ kind: "invalid", n: 5, because: "flat" }, band);
    const weak = { ...workload(1), pValues: { supported: 0.04, refuted: 1 } };
    assert.deepEqual(states(adjust([flat, weak])), [
      "INVALID(flat)",
      "SUPPORTED",
    ]);
  });
});

describe("usually", () => {
  it("agrees with a second implementation by SciPy", () => {
    for (const example of reference.usually) {
      const band = between(example.low, example.high);
      const verdicts = example.samples.map((values, i) => {
        const found = estimate(values, example.allowances[i]);
        return judge({ kind: "estimate", estimate: found }, band);
      });
      const result = usually(verdicts, band);
      assert.deepEqual([result.state, result.k], [example.state, example.k]);
      isClose(result.mean, example.mean, 1e-12);
      isClose(result.sd, example.sd, 1e-12);
      for (const name of ["interval90", "interval95", "prediction"] as const) {
        isClose(result[name].low, example[name][0]!, 1e-7);
        isClose(result[name].high, example[name][1]!, 1e-7);
      }
    }
  });
  it("is supported by a mean surely in the band with three quarters of the workloads in it", () => {
    const result = usually([0.9, 1, 1.1, 1.2].map((it) => workload(it)), band);
    assert.equal(result.state, "SUPPORTED");
    assert.equal(result.k, 4);
    isClose(result.mean, 1.05, 1e-12);
  });
  it("is not supported where fewer than three quarters lie in the band", () => {
    // Eleven workloads of which 8 would do and 9 are needed.
    const outside = Array.from({ length: 3 }, () => workload(0.45));
    const inside = Array.from({ length: 8 }, () => workload(0.9));
    assert.equal(usually([...outside, ...inside], band).state, "INCONCLUSIVE");
    assert.equal(
      usually([...outside, ...inside, workload(0.9)], band).state,
      "SUPPORTED",
    );
  });
  it("is refuted by a mean surely outside, or by over half of the workloads", () => {
    const outside = [0.1, 0.1, 0.12, 0.11].map((it) => workload(it, 5));
    assert.ok(!states(outside).includes("REFUTED"));
    assert.equal(usually(outside, band).state, "REFUTED");
    const torn = [0, 0, 2.2, 2.2, 1].map((it) => workload(it));
    assert.equal(usually(torn, band).state, "REFUTED");
    const half = [0, 2.2, 1, 1].map((it) => workload(it));
    assert.equal(usually(half, band).state, "INCONCLUSIVE");
  });
  it("counts REFUTED(bound) among the refuted", () => {
    const bound = judge({
      kind: "range",
      n: 5,
      range: { low: 2, high: Infinity },
      because: "open side",
    }, band);
    const verdicts = [
      ...[0.6, 1, 1, 1.4].map((it) => workload(it)),
      ...Array.from({ length: 5 }, () => bound),
    ];
    assert.equal(usually(verdicts, band).state, "REFUTED");
  });
  it("needs 4 workloads with an estimate that are not uncalibrated", () => {
    const good = [workload(1), workload(1.1), workload(0.9)];
    assert.equal(usually(good, band).state, "NOT RUN");
    const uncalibrated: State = "NOT CALIBRATED";
    const bad = { ...workload(1), state: uncalibrated };
    assert.equal(usually([...good, bad], band).k, 3);
    assert.equal(usually([], band).state, "NOT RUN");
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { between, estimate } from "./estimate.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { adjust, judge, type State, usually, type Verdict } from "./verdict.ts";

const band = between(0.5, 1.5);

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
    // sd 0.12910 of the means; t with 3 degrees of freedom: 2.3534 at 0.95, 3.1824 at 0.975.
    isClose(result.sd, 0.1290994, 1e-6);
    isClose(result.interval90.low, 1.05 - (2.353363 * 0.0645497 + 0.1), 1e-5);
    isClose(result.interval95.high, 1.05 + (3.182446 * 0.0645497 + 0.1), 1e-5);
    isClose(
      result.prediction.low,
      1.05 - 2.353363 * 0.1290994 * Math.sqrt(1.25),
      1e-5,
    );
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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import type { ExampleStudy } from "./testdata/example_evidence.ts";
import { learningRateStudy, reportStudy } from "./testdata/example_studies.ts";
import { claimOf, rowOf } from "./testdata/judged.ts";

/** The same comparison on several networks, each a learning_rate study with this difference. */
function networks(ds: readonly number[], n = 10): ExampleStudy[] {
  return ds.map((d, i) =>
    learningRateStudy({ d, n, study: { model: `network ${i}` } })
  );
}

describe("claimRow", () => {
  it("adjusts p-values by Holm within the claim", () => {
    const studies = networks([1, 0.75, 0.9]);
    const alone = studies.map((it) => rowOf("H1", it).pValues!);
    const { workloads } = claimOf("H1", ...studies);
    const order = [0, 1, 2].sort((a, b) =>
      alone[a]!.supported - alone[b]!.supported
    );
    let largest = 0;
    for (const [rank, i] of order.entries()) {
      largest = Math.max(largest, (3 - rank) * alone[i]!.supported);
      isClose(workloads[i]!.pValues!.supported, Math.min(largest, 1), 1e-12);
    }
  });

  it("makes INCONCLUSIVE what does not survive the adjustment, and says why", () => {
    const borderline = learningRateStudy({
      n: 3,
      d: 0.7,
      sing: { noise: 0.006 },
      study: { model: "a" },
    });
    const { pValues, state } = rowOf("H1", borderline);
    assert.equal(state, "SUPPORTED");
    assert.ok(pValues!.supported > 0.05 / 3 && pValues!.supported <= 0.05);
    const others = networks([0, 0]); // their p-values for "supported" are 1
    const [row] = claimOf("H1", borderline, ...others).workloads;
    assert.deepEqual(
      [row!.state, row!.reason, row!.parts[0]!.state],
      [
        "INCONCLUSIVE",
        "not after adjustment for several workloads",
        "SUPPORTED",
      ],
    );
  });

  it("has the profile's workloads where the claim's own studies are not there", () => {
    const row = claimOf("H5", ...networks([1, 1]));
    assert.deepEqual(
      row.workloads.map(({ workload, state }) => [workload.model, state]),
      [["network 0", "NOT RUN"], ["network 1", "NOT RUN"]],
    );
    assert.deepEqual(
      [row.state, row.reason, row.usually],
      ["NOT RUN", "no study of schedule", null],
    );
  });

  it("leaves out workloads of other experiments, such as widths", () => {
    const width = reportStudy("width", { sing: 0.2 }, {
      study: { model: "cnn-16" },
      n: 2,
      m: 2,
    });
    const row = claimOf("H1", ...networks([1], 5), width);
    assert.deepEqual(
      row.workloads.map(({ workload }) => workload.model),
      ["network 0"],
    );
  });

  it("leaves out other profiles, changed ones too", () => {
    const changed = learningRateStudy({
      n: 1,
      study: { profile: "quick --seeds 1" },
    });
    assert.deepEqual(claimOf("H1", changed).workloads, []);
  });

  it("says usually from four workloads on", () => {
    const three = claimOf("H1", ...networks([1, 0.9, 1.1]));
    assert.deepEqual(
      [three.state, three.usually!.state, three.usually!.k],
      ["SUPPORTED", "NOT RUN", 3],
    );
    const four = claimOf("H1", ...networks([1, 0.9, 1.1, 0.95]));
    assert.deepEqual([four.state, four.usually!.k], ["SUPPORTED", 4]);
    isClose(four.usually!.mean, 0.9875, 0.05);
    const zero = claimOf("H1", ...networks([0, 0, 0, 0]));
    assert.equal(zero.state, "REFUTED");
    const spread = claimOf("H1", ...networks([1, 0.5, 1.5, 0.2]));
    assert.equal(spread.state, "INCONCLUSIVE");
  });
});

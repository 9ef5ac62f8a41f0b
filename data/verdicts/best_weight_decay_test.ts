import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "../statistics/testdata/is_close.ts";
import { ending } from "./testdata/example_evidence.ts";
import { reportStudy, weightDecayStudy } from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

describe("readBestWeightDecay", () => {
  for (
    const [singDecay, state, tenfold] of [
      [-2.5, "SUPPORTED", true],
      [-1.5, "REFUTED", false],
      [-3.5, "REFUTED", false],
      [-1.9, "INCONCLUSIVE", false],
    ] as const
  ) {
    it(`is ${state} where SING's is 1e${singDecay} and AdamW's 1e-1.5`, () => {
      const row = rowOf("H2", weightDecayStudy({ singDecay }));
      assert.deepEqual([row.state, row.holdsTenfold], [state, tenfold]);
      const { finding } = row.parts[0]!;
      assert.ok(finding.kind === "estimate");
      isClose(finding.estimate.mean, singDecay + 1.5, 0.06);
      isClose(finding.estimate.allowance, 0.2, 1e-12); // 2/5 of a cell of 0.5
    });
  }

  it("has the narrow band beside it, and both numbers' regret of the rule", () => {
    const rule = reportStudy("rule", {
      "sing with decay": 0.2,
      "sing with decay by the rule": 0.2,
    });
    const row = rowOf("H2", weightDecayStudy(), rule);
    assert.deepEqual(
      row.secondRecords.map(({ band }) => band!.words),
      ["5x to 20x lower"],
    );
    assert.equal(row.regret!.verdict.state, "SUPPORTED");
    assert.equal(row.predicted, null);
  });

  it("is NOT RUN with one run missing", () => {
    const { study, trials } = weightDecayStudy();
    const torn = [...ending(trials.slice(0, 1), "missing"), ...trials.slice(1)];
    const row = rowOf("H2", { study, trials: torn });
    assert.deepEqual(
      [row.state, row.reason],
      ["NOT RUN", "weight_decay: 1 missing of 1000 decay tune runs"],
    );
  });

  it("is labelled by its tune seeds", () => {
    const label = (n: number) => rowOf("H2", weightDecayStudy({ n })).label;
    assert.deepEqual([label(4), label(9), label(10)], [
      "preliminary",
      "low power",
      "published",
    ]);
  });
});

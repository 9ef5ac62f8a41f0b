import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ARMS } from "../runs/roles.ts";
import { predictedRatio } from "../statistics/mechanism.ts";
import { registerOf } from "./judge.ts";
import type { ClaimRow } from "./register.ts";
import { summaryLines } from "./summary.ts";
import {
  exampleEvidence,
  type ExampleStudy,
} from "./testdata/example_evidence.ts";
import { controlStudy, learningRateStudy } from "./testdata/example_studies.ts";

/** One dense kernel of so many rows and columns. */
const parametersOf = (side: number) => [
  { name: "w", shape: [side, side], rescales: false },
];

/** A network whose ratio is what is predicted for its tensors, to this power. */
function network(side: number, power = 1, off = 0): ExampleStudy {
  const parameters = parametersOf(side);
  const predicted = predictedRatio(parameters.map(({ shape }) => shape))!;
  return learningRateStudy({
    study: { experiment: "width", model: `vit-${side}`, parameters },
    d: power * Math.log10(predicted) + off,
  });
}

const SIDES = [64, 128, 256, 512];

function claimOf(...studies: readonly ExampleStudy[]): ClaimRow {
  const { claims } = registerOf(exampleEvidence(studies), "quick");
  return claims.find(({ claim }) => claim.id === "T1")!;
}

describe("the slope of measured on predicted ratios", () => {
  for (
    const [power, state, said] of [
      [1, "SUPPORTED", /grows .*, as predicted from their shapes alone/],
      [0, "REFUTED", /is not shown to grow/],
      [3, "REFUTED", /grows .*, but not as predicted/],
    ] as const
  ) {
    it(`is ${state} at ${power}`, () => {
      const evidence = exampleEvidence(SIDES.map((it) => network(it, power)));
      const register = registerOf(evidence, "quick");
      const row = register.claims.find(({ claim }) => claim.id === "T1")!;
      const [{ workload, parts: [part], networks }] = row.workloads as [
        ClaimRow["workloads"][number],
      ];
      assert.equal(row.state, state);
      assert.deepEqual(workload, { dataset: "a set", model: "every width" });
      assert.deepEqual(
        networks!.map(({ model }) => model),
        SIDES.map((it) => `vit-${it}`),
      );
      assert.ok(part!.finding.kind === "estimate");
      const { mean, n } = part!.finding.estimate;
      assert.ok(Math.abs(mean - power) < 0.15 && n === SIDES.length);
      assert.ok(register.findings.some((it) => said.test(it)));
      const line = summaryLines(register).find((it) => it.startsWith("T1"));
      assert.match(line!, new RegExp(`every width +${state}.* slope .*, n 4`));
    });
  }

  it("is not decided by ratios that scatter", () => {
    const offs = [0.3, -0.3, 0.3, -0.3];
    const row = claimOf(...SIDES.map((it, i) => network(it, 1, offs[i])));
    assert.equal(row.state, "INCONCLUSIVE");
  });

  it("takes a network that two experiments share once", () => {
    const studies = SIDES.map((it) => network(it));
    const evidence = exampleEvidence(studies);
    const shared = { ...evidence.studies[0]!, experiment: "learning_rate" };
    const all = { ...evidence, studies: [...evidence.studies, shared] };
    const { claims } = registerOf(all, "quick");
    const row = claims.find(({ claim }) => claim.id === "T1")!;
    assert.equal(row.workloads[0]!.n, SIDES.length);
  });

  it("is NOT RUN of two networks, and not listed where no width was tried", () => {
    const [small, large] = SIDES.map((it) => network(it));
    const [row] = claimOf(small!, large!).workloads;
    assert.equal(row!.state, "NOT RUN");
    assert.match(row!.reason!, /fewer than 3 networks/);
    assert.equal(claimOf(learningRateStudy()), undefined);
  });

  it("is withdrawn where a network's control missed what was planted", () => {
    const missed = controlStudy({ shift: 0 });
    const row = claimOf(...SIDES.map((it) => network(it)), missed);
    assert.equal(row.state, "NOT CALIBRATED");
  });

  it("needs both optimizers of a network", () => {
    const [first, ...rest] = SIDES.map((it) => network(it));
    const trials = first!.trials.filter(({ arm }) => arm === ARMS.sing);
    const row = claimOf({ ...first!, trials }, ...rest);
    assert.equal(row.workloads[0]!.n, SIDES.length - 1);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate, type Finding } from "../statistics/estimate.ts";
import type { Judgement } from "../statistics/verdict.ts";
import { CLAIMS } from "./claims.ts";
import { registerOf } from "./judge.ts";
import type { VerdictPart } from "./register.ts";
import {
  findingPhrase,
  partLabel,
  RATIO,
  seedsPhrase,
  summaryLines,
  wordingOf,
} from "./summary.ts";
import { everyKindOfStudy } from "./testdata/every_kind_of_study.ts";
import { exampleEvidence } from "./testdata/example_evidence.ts";
import { controlStudy, learningRateStudy } from "./testdata/example_studies.ts";

const kinds = everyKindOfStudy();
const linesOf = (studies: Parameters<typeof exampleEvidence>[0]) =>
  summaryLines(registerOf(exampleEvidence(studies), "quick"))
    // What was found in words comes first, and then an empty line.
    .filter((_, i, lines) => i > lines.indexOf(""));

describe("partLabel", () => {
  const labelsOf = (id: string) => {
    const { parts } = CLAIMS.find((it) => it.id === id)!;
    const row = { parts: parts as unknown as VerdictPart[] };
    return row.parts.map((it) => partLabel(row, it));
  };

  it("tells a claim's numbers apart, where there are several", () => {
    assert.deepEqual(labelsOf("H1"), [""]);
    assert.deepEqual(labelsOf("H7"), ["SING", "AdamW"]);
    assert.deepEqual(labelsOf("H5"), [
      "cosine decay",
      "constant, then cosine decay",
    ]);
    for (const { id, parts } of CLAIMS) {
      assert.equal(new Set(labelsOf(id)).size, parts.length, id);
    }
  });
});

describe("summaryLines", () => {
  it("has the control first, then a line each for claim and workload", () => {
    const lines = linesOf([
      learningRateStudy({ n: 3 }),
      controlStudy({ n: 3 }),
    ]);
    assert.equal(lines[0], "The register, quick profile, on a set:");
    assert.match(
      lines[1]!,
      /^control {2}cnn {2}CALIBRATED \(preliminary\) {2}planted 7\.9x, found \d\.\dx, 90% interval .*x to .*x, n 3$/,
    );
    assert.match(
      lines[2]!,
      /^H1 {7}cnn {2}SUPPORTED \(preliminary\) {3}ratio \S+x, 90% interval \S+x to \S+x, n 3, by the rule loss \S+% on the grid$/,
    );
    assert.equal(
      lines[3],
      "H2       cnn  NOT RUN                   no study of weight_decay",
    );
    assert.deepEqual(
      lines.slice(2).map((line) => line.slice(0, 2)),
      ["H1", "H2", "H3", "H4", "H5", "H6", "H7"],
    );
  });

  it("joins several workloads in a line more, and names their data sets if unlike", () => {
    const lines = linesOf(
      [1, 0.9, 1.1, 1].map((d, i) =>
        learningRateStudy({ d, n: 3, study: { dataset: `set ${i}` } })
      ),
    );
    assert.equal(lines[0], "The register, quick profile:");
    const h1 = lines.filter((line) => line.startsWith("H1"));
    assert.equal(h1.length, 5);
    assert.match(h1[0]!, /^H1 {7}set 0, cnn {2}SUPPORTED/);
    assert.match(
      h1[4]!,
      /^H1 {7}together +SUPPORTED +mean \S+x, .*4 workloads$/,
    );
  });

  it("has no interval of one seed", () => {
    const text = summaryLines(
      registerOf(exampleEvidence([learningRateStudy({ n: 1 })]), "quick"),
    ).join("\n");
    assert.match(text, /times AdamW's \(no interval, 1 seed\)/);
    assert.doesNotMatch(text, /Infinity|NaN/);
  });

  it("says of an empty store that nothing was run", () => {
    assert.deepEqual(linesOf([]), [
      "The register, quick profile:",
      ...["H1", "H2", "H3", "H4", "H5", "H6", "H7"].map((id) =>
        `${id}    NOT RUN`
      ),
    ]);
  });

  it("says which part decides, what stands beside it, and how many alarms there were", () => {
    const lines = linesOf(kinds["every experiment on one workload"]!);
    const said = (id: string) => lines.find((line) => line.startsWith(id))!;
    assert.match(said("H7"), /AdamW, frozen against learnt: loss \+3\.\d%/);
    assert.match(said("H1"), /n 3, predicted 3\.0x, by the rule loss \+0\.9%$/);
    assert.match(said("H6"), /alarm in 4 of 4, loss -1\.\d%/);
  });

  for (const [kind, studies] of Object.entries(kinds)) {
    it(`shows no number that is not there, in ASCII, for ${kind}`, () => {
      for (const line of linesOf(studies)) {
        assert.doesNotMatch(line, /NaN|Infinity|undefined|null|[^ -~]/);
      }
    });
  }
});

const estimated = (...values: number[]): Finding => ({
  kind: "estimate",
  estimate: estimate(values),
});
const limited = (low: number, high: number): Finding => ({
  kind: "range",
  n: 5,
  range: { low, high },
  because: "open side",
});
const scale = (claim: "H1" | "H3" | "H4" | "H5", unit: VerdictPart["unit"]) =>
  wordingOf(CLAIMS.find(({ id }) => id === claim)!, { unit });

describe("findingPhrase", () => {
  for (
    const [phrase, finding] of [
      ["ratio 3.2x", estimated(0.5)],
      ["ratio 10x, 90% interval 10x to 10x", estimated(1, 1, 1)],
      ["ratio 0.10x, 90% interval 0.10x to 0.10x", estimated(-1, -1)],
      ["ratio 123x", estimated(Math.log10(123))],
      ["ratio 1.0e-3x", estimated(-3)],
      ["ratio at least 32x", limited(1.5, Infinity)],
      ["ratio at most 0.32x", limited(-Infinity, -0.5)],
      ["ratio anything", limited(-Infinity, Infinity)],
      ["the loss hardly changes over the values that were run", {
        kind: "invalid",
        n: 5,
        because: "flat",
      }],
      ["every run of an optimizer diverged", {
        kind: "invalid",
        n: 5,
        because: "diverged",
      }],
      ["", { kind: "missing" }],
    ] as [string, Finding][]
  ) {
    it(`is "${phrase}"`, () => {
      assert.equal(findingPhrase(finding, RATIO), phrase);
    });
  }

  it("writes each number as what it is", () => {
    const phrase = (finding: Finding, of: typeof RATIO) =>
      findingPhrase(finding, of);
    assert.equal(phrase(estimated(0.3), scale("H1", "decades")), "ratio 2.0x");
    assert.equal(phrase(estimated(0.3), scale("H3", "decades")), "edge 2.0x");
    assert.equal(phrase(estimated(-1.6), scale("H4", "decades")), "2.5e-2");
    assert.equal(phrase(estimated(0.02), scale("H5", "y")), "loss +2.0%");
    assert.equal(phrase(estimated(-0.02), scale("H4", "y")), "loss -2.0%");
    assert.equal(phrase(estimated(-0.0001), scale("H5", "y")), "loss 0.0%");
  });
});

describe("seedsPhrase", () => {
  const judgement = (rest: Partial<Judgement>): Judgement => ({
    state: "INCONCLUSIVE",
    n: 5,
    seedsNeeded: null,
    pValues: null,
    ...rest,
  });
  for (
    const [phrase, rest] of [
      ["n 5", { state: "SUPPORTED" }],
      ["n 5, needs 14", { seedsNeeded: 14 }],
      ["n 5, and none under 100 would do", {}],
      ["n 5, too near the band's end for more seeds to decide", {
        seedsNeeded: 3,
      }],
      ["n 5, a reason", { reason: "a reason" }],
      ["a reason", { state: "NOT RUN", n: 0, reason: "a reason" }],
      ["", { state: "NOT RUN", n: 0 }],
    ] as [string, Partial<Judgement>][]
  ) {
    it(`is "${phrase}"`, () => {
      assert.equal(seedsPhrase(judgement(rest)), phrase);
    });
  }
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openArchive } from "../../data/runs/archive.ts";
import { fileURLToPath } from "node:url";
import { between, type Finding } from "../../data/statistics/estimate.ts";
import type { State } from "../../data/statistics/verdict.ts";
import type { Register, WorkloadName } from "../../data/verdicts/register.ts";
import { gatherContent } from "../content.ts";
import { Html, html } from "../html.ts";
import { visibleText } from "../testdata/charts.ts";
import {
  CNN,
  estimated,
  examplePart,
  exampleRegister,
  exampleRow,
  VIT,
} from "../testdata/register.ts";
import { exampleStudy, memoryStore } from "../testdata/studies.ts";
import { opinions, replications, secondOpinion } from "./second_opinion.ts";

const BAND = { ...between(0.5, 1.5), words: "between 3x and 32x" };

/** A register of the first claim alone, with one verdict. */
function register(
  state: State,
  finding: Finding = { kind: "missing" },
  workload: WorkloadName = CNN,
): Register {
  const example = exampleRegister();
  const parts = [examplePart("best learning rate", finding, BAND)];
  const row = exampleRow(workload, parts, { state });
  return {
    ...example,
    controls: [],
    claims: [{ ...example.claims[0]!, state, workloads: [row] }],
  };
}

const tight = { sd: 0.1, n: 10, allowance: 0 };
const near = estimated(0.7, tight);
const far = estimated(1.4, tight);

describe("opinions", () => {
  const cases: [
    what: string,
    own: Register,
    published: Register,
    agreement: string | undefined,
  ][] = [
    [
      "the same",
      register("SUPPORTED", near),
      register("SUPPORTED", near),
      "agrees",
    ],
    [
      "a far number under the same verdict",
      register("SUPPORTED", near),
      register("SUPPORTED", far),
      "differs",
    ],
    [
      "opposite verdicts",
      register("SUPPORTED"),
      register("REFUTED"),
      "differs",
    ],
    [
      "a bound that refutes",
      register("REFUTED(bound)"),
      register("REFUTED"),
      "agrees",
    ],
    [
      "one undecided",
      register("NO VERDICT", near),
      register("REFUTED", near),
      "compatible",
    ],
    [
      "one undecided, with a far number",
      register("INCONCLUSIVE", near),
      register("REFUTED", far),
      "differs",
    ],
    [
      "none of the reader's own",
      register("NOT RUN"),
      register("REFUTED", far),
      "open",
    ],
    [
      "an instrument that failed",
      register("SUPPORTED", near),
      register("NOT CALIBRATED", near),
      "open",
    ],
    ["neither", register("NOT RUN"), register("NOT RUN"), undefined],
    [
      "another network",
      register("SUPPORTED", near),
      register("SUPPORTED", near, VIT),
      undefined,
    ],
  ];
  for (const [what, own, published, agreement] of cases) {
    it(`takes ${what} for ${agreement ?? "nothing to list"}`, () => {
      const found = opinions(own, published);
      assert.deepEqual(
        found.map((one) => one.agreement),
        agreement === undefined ? [] : [agreement],
      );
    });
  }

  it("calls numbers apart by the interval of their difference, allowances in full", () => {
    // Half widths of 0.0580 each: together 0.082, and 0.1 more a side of allowance.
    const shifted = (by: number, allowance: number) =>
      opinions(
        register("SUPPORTED", estimated(0.7, { ...tight, allowance })),
        register("SUPPORTED", estimated(0.7 + by, { ...tight, allowance })),
      )[0]?.apart;
    assert.equal(shifted(0.05, 0), false);
    assert.equal(shifted(0.15, 0), true);
    assert.equal(shifted(0.15, 0.1), false);
    assert.equal(shifted(0.4, 0.1), true);
  });

  it("compares no number of one seed", () => {
    const lone = register("SUPPORTED", estimated(2, { ...tight, n: 1 }));
    assert.equal(opinions(lone, register("SUPPORTED", near))[0]?.apart, null);
  });
});

describe("secondOpinion", () => {
  const study = (rate: number) =>
    gatherContent(
      memoryStore([exampleStudy({ optima: { adamw: -3, sing: rate } })]),
    );

  it("says nothing beside the same runs, or where nothing was judged", () => {
    assert.equal(secondOpinion(study(-2), study(-2)), null);
    assert.equal(
      secondOpinion(gatherContent(memoryStore([])), study(-2)),
      null,
    );
  });

  it("of the two published studies names the verdict that changed, and the settings", async () => {
    const open = (name: string) =>
      openArchive(fileURLToPath(
        new URL(`../../data/studies/${name}.jsonl.gz`, import.meta.url),
      ));
    const evidence = gatherContent(
      await open("standard"),
      await open("night"),
    );
    const section = secondOpinion(evidence, evidence.published!);
    assert.ok(section instanceof Html);
    const text = visibleText(section.source);
    assert.match(text, /2 differ \(H1 on Fashion-MNIST subset ViT and H4 on/);
    assert.match(
      text,
      /No run is in both\. .*training images 10,?000 \/ 4,?000/,
    );
    assert.match(
      text,
      /H1 Fashion-MNIST subset, ViT INCONCLUSIVE 2\.9× .*?SUPPORTED 7\.9× .*?the numbers differ/,
    );
    assert.match(text, /H4 .*? best learning rate \d\.\de-2 \(/);
    assert.doesNotMatch(text, /NaN|undefined|[0-9a-f]{64}/);
  });
});

describe("replications", () => {
  const study = (profile: string, rate = -2) =>
    exampleStudy({ optima: { adamw: -3, sing: rate }, study: { profile } });
  const textOf = (...studies: ReturnType<typeof study>[]) =>
    visibleText(
      html`${replications(gatherContent(memoryStore(studies)))}`.source,
    );

  it("sets a profile's study beside itself on another machine, and no other profile's", () => {
    const text = textOf(
      study("quick"),
      study("quick --device gpu --runs-per-process 8", -2.01),
    );
    assert.match(text, /on a GPU, 8 runs a step/);
    assert.match(text, /Of \d+ verdicts? that both have, .* agree/);
    assert.match(text, /not other seeds/);
    assert.equal(textOf(study("standard"), study("quick")), "");
  });
});

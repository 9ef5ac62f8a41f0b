import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ARMS } from "../runs/roles.ts";
import { NOT_WORSE } from "../statistics/findings.ts";
import { type Claim, CLAIMS, questionsOf } from "./claims.ts";
import { registerOf } from "./judge.ts";
import { summaryLines } from "./summary.ts";
import { exampleEvidence } from "./testdata/example_evidence.ts";
import { learningRateStudy, reportStudy } from "./testdata/example_studies.ts";

describe("claims", () => {
  it("are SING's seven, this project's own, then the guests', each once and in order", () => {
    assert.equal(
      CLAIMS.map((claim) => claim.id).join(" "),
      "H1 H2 H3 H4 H5 H6 H7 T1 L1 L2 M1 M2",
    );
  });
  it("judge H1 and H2 within half a decade of 10x, and more narrowly beside it", () => {
    const [h1, h2] = CLAIMS;
    assert.deepEqual([h1!.band!.low, h1!.band!.high], [0.5, 1.5]);
    assert.deepEqual([h2!.band!.low, h2!.band!.high], [-1.5, -0.5]);
    assert.deepEqual([h1!.narrowBand!.low, h1!.narrowBand!.high], [0.7, 1.3]);
    assert.deepEqual([h2!.narrowBand!.low, h2!.narrowBand!.high], [-1.3, -0.7]);
  });
  it("say in words what the two-sided bands say in decades", () => {
    for (
      const { band, narrowBand } of CLAIMS.filter((it) => it.value !== null)
    ) {
      for (const named of [band!, narrowBand ?? band!]) {
        const factors = [named.low, named.high].map((end) =>
          Math.round(10 ** Math.abs(end))
        ).sort((a, b) => a - b);
        const said = named.words.match(/\d+/g)!.map(Number);
        assert.deepEqual(said, factors);
      }
    }
  });
  it("ask for LayerNorm where they are about it", () => {
    const asking = CLAIMS.filter((claim) => claim.needsLayerNorm);
    assert.deepEqual(asking.map((claim) => claim.id), ["H6", "H7"]);
  });
  it("give every experiment its questions, each under a name of its own", () => {
    const names = "learning_rate weight_decay guests rule controls".split(" ");
    const asked = names.map((name) =>
      questionsOf(name).map(({ id, kind }) => `${id} ${kind}`)
    );
    assert.deepEqual(asked, [
      ["H1 rate", "H3 edge", "H4 score", "rule score"],
      ["H2 decay", "H2 ceiling ceiling", "H4 decay score"],
      ["L", "M"].flatMap((guest) => [
        `${guest}1 rate`,
        ...["decay", "ceiling ceiling"].map((it) => `${guest}2 ${it}`),
      ]),
      ["rule score", "rule with decay score"],
      ["control control"],
    ]);
    const ids = ["schedule", "layer_norm"].flatMap(questionsOf)
      .map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("a new claim, one entry of the list", () => {
  const pair = [ARMS.singConstantCosine, ARMS.singCosine] as const;
  const entry: Claim = {
    id: "H8",
    shortName: "A constant rate first",
    tried: "constant",
    optimizer: "sing",
    reference: null,
    source: "https://example.org",
    sentence: "A constant rate before the cosine decay does no harm.",
    estimand: "y with it - y with cosine decay alone, each at its best rate",
    supportedIf: "it is not worse",
    band: { ...NOT_WORSE, words: "less than 2% more loss" },
    narrowBand: null,
    parts: [{
      question: "H8",
      name: "constant, then cosine, against cosine",
      kind: "not worse",
      experiment: "schedule",
      arms: pair,
      stages: [["tune", pair], ["report", pair]],
    }],
    beside: [],
    following: null,
    value: null,
    experiments: ["schedule"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: false,
    regret: null,
    followed: null,
  };

  for (const [y, state] of [[0.2, "SUPPORTED"], [0.3, "REFUTED"]] as const) {
    it(`is read, judged and said: ${state} at ${y} against 0.2`, () => {
      const study = reportStudy("schedule", { [pair[0]]: y, [pair[1]]: 0.2 });
      const evidence = exampleEvidence([study]);
      const register = registerOf(evidence, "quick", [...CLAIMS, entry]);
      assert.equal(register.claims.at(-1)!.state, state);
      const line = summaryLines(register).at(-1)!;
      assert.match(line, new RegExp(`^H8 +cnn +${state} .*loss .*n 20`));
      const said = register.findings.find((it) => it.startsWith("H8 with cnn"));
      assert.match(said!, /constant, then cosine, against cosine: loss/);
    });
  }
  for (const [d, state] of [[0.95, "SUPPORTED"], [0.5, "REFUTED"]] as const) {
    it(`may be that a rate costs nothing: ${state} where the best is 10^${d} times AdamW's`, () => {
      const [h1] = CLAIMS;
      const [part] = h1!.beside; // the regret at ten times
      const costless: Claim = { ...entry, beside: [], parts: [part!] };
      const evidence = exampleEvidence([learningRateStudy({ d })]);
      const { claims, findings } = registerOf(evidence, "quick", [costless]);
      assert.equal(claims[0]!.state, state);
      assert.match(findings[0]!, /^H8 with cnn: cost of following it.* loss /);
    });
  }
  it("is NOT RUN without its study, and changes no other", () => {
    const evidence = exampleEvidence([]);
    const { claims: rows } = registerOf(evidence, "quick", [entry]);
    assert.deepEqual(rows.map(({ state }) => state), ["NOT RUN"]);
  });
});

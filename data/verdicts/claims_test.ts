import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { claims, questionsOf } from "./claims.ts";

describe("claims", () => {
  it("are SING's seven, then the guests', each once and in order", () => {
    assert.equal(
      claims.map((claim) => claim.id).join(" "),
      "H1 H2 H3 H4 H5 H6 H7 L1 L2 M1 M2",
    );
  });
  it("judge H1 and H2 within half a decade of 10x, and more narrowly beside it", () => {
    const [h1, h2] = claims;
    assert.deepEqual([h1!.band!.low, h1!.band!.high], [0.5, 1.5]);
    assert.deepEqual([h2!.band!.low, h2!.band!.high], [-1.5, -0.5]);
    assert.deepEqual([h1!.narrowBand!.low, h1!.narrowBand!.high], [0.7, 1.3]);
    assert.deepEqual([h2!.narrowBand!.low, h2!.narrowBand!.high], [-1.3, -0.7]);
  });
  it("say in words what the two-sided bands say in decades", () => {
    for (
      const { band, narrowBand } of claims.filter((it) => it.value !== null)
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
    const asking = claims.filter((claim) => claim.needsLayerNorm);
    assert.deepEqual(asking.map((claim) => claim.id), ["H6", "H7"]);
  });
  it("give every experiment its questions, each under a name of its own", () => {
    const asked = [
      "learning_rate",
      "weight_decay",
      "guests",
      "rule",
      "controls",
    ]
      .map((name) => questionsOf(name).map(({ id, kind }) => `${id} ${kind}`));
    assert.deepEqual(asked, [
      ["H1 rate", "H3 edge", "H4 score", "rule score"],
      ["H2 decay", "H2 ceiling ceiling", "H4 decay score"],
      [
        "L1 rate",
        "L2 decay",
        "L2 ceiling ceiling",
        "M1 rate",
        "M2 decay",
        "M2 ceiling ceiling",
      ],
      ["rule score", "rule with decay score"],
      ["control control"],
    ]);
    const ids = ["schedule", "layer_norm"].flatMap(questionsOf)
      .map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

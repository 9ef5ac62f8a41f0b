import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { claims } from "./claims.ts";

describe("claims", () => {
  it("are H1 to H7, each once and in order", () => {
    assert.deepEqual(
      claims.map((claim) => claim.id),
      ["H1", "H2", "H3", "H4", "H5", "H6", "H7"],
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
    for (const { band, narrowBand } of claims.slice(0, 2)) {
      for (const named of [band!, narrowBand!]) {
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
});

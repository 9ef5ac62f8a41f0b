import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { searchSpaces } from "../verdicts/claims.ts";
import { bestListed, insideRange } from "./findings.ts";
import { isClose } from "./testdata/is_close.ts";
import { alike, respond, scores } from "./testdata/respond.ts";

const valleyAt = (best: number) =>
  respond([best - 1, best, best + 1], alike(5, [0.3, 0, 0.3]));

describe("insideRange", () => {
  it("supports an optimum between the smallest and the largest listed value", () => {
    const verdict = insideRange(valleyAt(-6), searchSpaces.learningRate);
    assert.equal(verdict.state, "SUPPORTED");
    isClose(verdict.band.low, Math.log10(5e-3), 1e-12);
    assert.equal(verdict.band.high, -1);
  });
  it("is inconclusive at the range's end and refuted beyond it", () => {
    const state = (best: number) =>
      insideRange(valleyAt(best), searchSpaces.learningRate).state;
    assert.deepEqual([state(-4), state(-3)], ["INCONCLUSIVE", "REFUTED"]);
  });
  it("is NOT RUN without runs", () => {
    assert.equal(insideRange(null, [0.1, 1]).state, "NOT RUN");
  });
});

describe("bestListed", () => {
  it("is the point with the lowest mean over its seeds, the first of equal ones", () => {
    const points = [scores(0, 0.4), scores(0.1, 0.1), scores(0.1, 0.1)];
    assert.equal(bestListed(points), 1);
  });
  it("is null for an empty list, and where a point was not run", () => {
    assert.equal(bestListed([]), null);
    assert.equal(bestListed([[], scores(0.4)]), null);
  });
});

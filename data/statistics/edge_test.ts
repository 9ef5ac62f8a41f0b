import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { brokenRates, edgeDistance, edgesOf, nearEdge } from "./edge.ts";
import { locate } from "./location.ts";
import { isClose } from "./testdata/is_close.ts";
import { alike, broke, respond } from "./testdata/respond.ts";
import { judge } from "./verdict.ts";

const grid = [0, 1, 2, 3, 4, 5];

describe("edgesOf", () => {
  it("finds the middle between the first broken point and the one below", () => {
    const rows = [[0.4, 0.2, 0, 0.1, broke, broke], [0.4, 0.2, 0, broke, 0, 0]];
    assert.deepEqual(edgesOf(respond(grid, rows as number[][])), [3.5, 2.5]);
  });
  it("counts a score half way back to the untrained one as broken", () => {
    const arm = (y: number) =>
      respond([0, 1, 2, 3], [[0.2, 0, y, 0.9], [0.2, 0, y, 0.9]]);
    assert.deepEqual(edgesOf(arm(0.5)), [1.5, 1.5]);
    assert.deepEqual(edgesOf(arm(0.49)), [2.5, 2.5]);
  });
  it("does not take a rate too small to learn for an explosion", () => {
    const rows = alike(2, [0.95, 0.6, 0, 0.1, broke, broke]);
    assert.deepEqual(edgesOf(respond(grid, rows)), [3.5, 3.5]);
  });
  it("has none for a seed that never breaks", () => {
    const rows = [[0.4, 0.2, 0, 0.1, 0.2, 0.3], [0.4, 0.2, 0, 0.1, 0.2, broke]];
    assert.deepEqual(
      edgesOf(respond(grid, rows as number[][])),
      [null, 4.5],
    );
  });
  it("lies half a cell below the grid for a seed that diverged everywhere", () => {
    const all = [broke, broke, broke, broke, broke, broke] as const;
    const some = [0.4, 0.2, 0, 0.1, 0.2, broke] as const;
    assert.deepEqual(edgesOf(respond(grid, [all, some])), [-0.5, 4.5]);
  });
});

describe("edgeDistance", () => {
  it("is edge - optimum in decades, with 9/10 of a cell allowed", () => {
    const arm = respond(grid, alike(5, [0.3, 0, 0.3, broke, broke, broke]));
    const finding = edgeDistance(arm);
    assert.ok(finding.kind === "estimate");
    finding.estimate.values.forEach((h) => isClose(h, 1.5 * 0.25, 1e-12));
    isClose(finding.estimate.allowance, 0.225, 1e-12);
  });
  it("supports a best rate just below the edge and refutes one far below", () => {
    const near = alike(5, [0.6, 0.3, 0, broke, broke, broke]);
    const state = (rows: ReturnType<typeof alike>) =>
      judge(edgeDistance(respond(grid, rows)), nearEdge).state;
    assert.equal(state(near), "SUPPORTED");
    const far = alike(5, [0, 0.1, 0.2, 0.3, 0.4, broke]).map((row) => [
      0.1,
      ...row,
    ]);
    const wide = respond([-1, ...grid], far);
    assert.equal(judge(edgeDistance(wide), nearEdge).state, "REFUTED");
  });
  it("leaves a lower bound where a seed has no edge, which can only refute", () => {
    const row = [0.3, 0, 0.1, 0.2, 0.3, 0.4];
    const arm = respond(grid, alike(5, row));
    const short = edgeDistance(arm);
    assert.ok(short.kind === "range" && short.because === "no edge");
    isClose(short.range.low, 5 * 0.25 - locate(arm).values[0]! - 0.225, 1e-12);
    assert.equal(judge(short, nearEdge).state, "REFUTED");
    const narrow = respond([0, 1, 2], alike(5, [0.3, 0, 0.3]));
    assert.equal(judge(edgeDistance(narrow), nearEdge).state, "INVALID(edge)");
  });
  it("is bounded from below where the optimum may lie below the grid", () => {
    const rows = alike(5, [0, 0.1, 0.2, 0.3, 0.4, broke]);
    const finding = edgeDistance(respond(grid, rows));
    assert.ok(finding.kind === "range" && finding.because === "open side");
    isClose(finding.range.low, 4.5 * 0.25 - 0.25 - 0.225, 1e-12);
    assert.equal(judge(finding, nearEdge).state, "REFUTED(bound)");
  });
  it("is missing without runs and invalid where all diverged", () => {
    assert.deepEqual(edgeDistance(null), { kind: "missing" });
    const dead = edgeDistance(respond([0, 1], alike(3, [broke, broke])));
    assert.ok(dead.kind === "invalid" && dead.because === "diverged");
  });
});

describe("brokenRates", () => {
  it("counts broken seeds at each point, with Wilson's interval", () => {
    const rows = [[0, 0.1, broke], [0, broke, broke]];
    const rates = brokenRates(respond([0, 1, 2], rows as number[][]));
    assert.deepEqual(rates.map((it) => [it.position, it.broken, it.n]), [
      [0, 0, 2],
      [1, 1, 2],
      [2, 2, 2],
    ]);
    // statsmodels 0.15: proportion_confint(1, 2, 0.05, "wilson")
    isClose(rates[1]!.interval.low, 0.0945312057342307, 1e-12);
    isClose(rates[1]!.interval.high, 0.9054687942657693, 1e-12);
  });
});

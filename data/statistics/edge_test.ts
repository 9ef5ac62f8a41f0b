import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { brokenRates, edgeDistance, edgesOf, nearEdge } from "./findings.ts";
import { locate } from "./optimum.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
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
  for (const study of reference.explosions) {
    it(`agrees with a second implementation: ${study.name}`, () => {
      const { positions, y, diverged } = study.arm;
      const arm = {
        ...respond(positions, y),
        scores: y.map((row, seed) =>
          row.map((y, i) => ({ y, y0: 0.83, diverged: diverged[seed]![i]! }))
        ),
      };
      assert.deepEqual(edgesOf(arm), study.edges);
      const finding = edgeDistance(arm);
      assert.equal(judge(finding, nearEdge).state, study.state);
      const { kind, low, interval90, interval95 } = study.finding as {
        kind: string;
        low?: number;
        interval90?: number[];
        interval95?: number[];
      };
      assert.equal(finding.kind, kind);
      if (finding.kind === "range") {
        isClose(finding.range.low, low!, 1e-7);
        assert.equal(finding.range.high, Infinity);
      } else if (finding.kind === "estimate") {
        isClose(finding.estimate.interval90.high, interval90![1]!, 1e-7);
        isClose(finding.estimate.interval95.low, interval95![0]!, 1e-7);
      }
    });
  }
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
  it("has no upper bound where the optimum may lie above the grid and a seed has no edge", () => {
    const falling = alike(5, [0.5, 0.4, 0.3, 0.2, 0.1, 0]);
    const finding = edgeDistance(respond(grid, falling));
    assert.ok(finding.kind === "range" && finding.because === "open side");
    assert.deepEqual(finding.range, { low: -Infinity, high: Infinity });
    assert.equal(judge(finding, nearEdge).state, "INVALID(edge)");
  });
  it("keeps a lower bound where the optimum may lie below the grid and a seed has no edge", () => {
    const finding = edgeDistance(
      respond(grid, alike(5, grid.map((i) => 0.08 * i))),
    );
    assert.ok(finding.kind === "range");
    isClose(finding.range.low, 5 * 0.25 - 0.25 - 0.225, 1e-12);
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

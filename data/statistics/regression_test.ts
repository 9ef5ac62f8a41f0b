import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { regress } from "./mechanism.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };

const through = (...points: [number, number][]) =>
  regress(points.map(([x, y]) => ({ x, y })));

describe("regress", () => {
  it("agrees with SciPy's linregress and t intervals", () => {
    for (const { predicted, measured, ...expected } of reference.lines) {
      const points = predicted.map((x, i) => ({ x, y: measured[i]! }));
      const line = regress(points)!;
      assert.equal(line.n, points.length);
      isClose(line.slope, expected.slope, 1e-12);
      isClose(line.intercept, expected.intercept, 1e-12);
      for (const name of ["slope95", "intercept95"] as const) {
        isClose(line[name].low, expected[name][0]!, 1e-6);
        isClose(line[name].high, expected[name][1]!, 1e-6);
      }
    }
  });
  it("has no width through points on a line", () => {
    const line = through([0, 1], [1, 3], [2, 5])!;
    assert.deepEqual([line.slope, line.intercept], [2, 1]);
    assert.deepEqual(line.slope95, { low: 2, high: 2 });
  });
  it("is null for two points, and for points above each other", () => {
    assert.equal(through([0, 1], [1, 3]), null);
    assert.equal(through([0.1, 1], [0.1, 3], [0.1, 5]), null);
    assert.equal(through(), null);
  });
});

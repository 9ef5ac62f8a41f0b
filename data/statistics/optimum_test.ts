import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { optimum } from "./optimum.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { broke, scores } from "./testdata/respond.ts";

describe("optimum", () => {
  it("agrees with scikit-learn's Gaussian process of the same fixed kernel", () => {
    for (
      const { positions, y, diverged, optimum: expected } of reference.curves
    ) {
      const row = y.map((y, i) => ({ y, y0: 0.83, diverged: diverged[i]! }));
      const result = optimum(positions, row)!;
      isClose(result.position, expected.position, 1e-9);
      isClose(result.y, expected.y, 1e-9);
      assert.equal(result.cliffLimited, expected.cliffLimited);
      const everyTenth = result.fit.filter((_, step) => step % 10 === 0);
      assert.equal(everyTenth.length, expected.everyTenth.length);
      everyTenth.forEach((y, i) => isClose(y, expected.everyTenth[i]!, 1e-9));
    }
  });
  it("moves with the grid", () => {
    const row = scores(0.3, 0.1, -0.2, -0.1, 0.2);
    const [near, far] = [0, -3.6].map((shift) =>
      optimum([0, 1, 2, 3, 4].map((at) => at + shift), row)!.position - shift
    );
    isClose(near!, far!, 1e-9);
  });
  it("drops the first point above the best that diverged, and all beyond", () => {
    const whole = optimum([0, 1, 2], scores(0.2, 0, 0.1))!;
    const cut = optimum([0, 1, 2, 3, 4], scores(0.2, 0, 0.1, broke, -0))!;
    assert.deepEqual(
      [cut.position, cut.to],
      [whole.position, 2],
    );
  });
  it("drops a rise of more than 0.5 over the best, but not one of 0.5", () => {
    assert.equal(optimum([0, 1, 2], scores(0.2, 0, 0.5))!.to, 2);
    assert.equal(optimum([0, 1, 2], scores(0.2, 0, 0.51))!.to, 1);
  });
  it("keeps what diverged or is high below the best", () => {
    const result = optimum([0, 1, 2, 3], scores(broke, 0.9, 0, 0.1))!;
    assert.deepEqual([result.from, result.to], [0, 3]);
  });
  it("goes half a cell beyond the last point if a cliff cuts a falling curve", () => {
    const cut = optimum([0, 1, 2, 3], scores(0.6, 0.3, 0, broke))!;
    assert.deepEqual([cut.position, cut.cliffLimited], [2.5, true]);
    const open = optimum([0, 1, 2], scores(0.6, 0.3, 0))!;
    assert.deepEqual([open.position, open.cliffLimited], [2, false]);
  });
  it("leaves weight decay 0 out of the fit, even as the best point", () => {
    const row = scores(0.2, 0, 0.1);
    const result = optimum([-Infinity, 0, 1, 2], [...scores(-3), ...row])!;
    assert.deepEqual(result, optimum([0, 1, 2], row));
  });
  it("is null where there is no other point, and the point itself where there is one", () => {
    assert.equal(optimum([-Infinity], scores(0)), null);
    assert.equal(optimum([4], scores(0.2))!.position, 4);
  });
  it("puts a seed that diverged everywhere at its lowest point's edge", () => {
    const result = optimum([3, 4, 5], scores(broke, broke, broke))!;
    assert.deepEqual([result.position, result.cliffLimited], [3.5, true]);
  });
});

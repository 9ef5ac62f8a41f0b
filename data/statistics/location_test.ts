import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { locate } from "./optimum.ts";
import { alike, broke, respond } from "./testdata/respond.ts";

const grid = [0, 1, 2, 3, 4];

describe("locate", () => {
  it("finds a valley enclosed", () => {
    const arm = respond(grid, alike(5, [0.4, 0.1, 0, 0.1, 0.4]));
    const { open, bound, values, cliffLimited, diverged } = locate(arm);
    assert.deepEqual([open, bound, cliffLimited, diverged], [
      "none",
      null,
      false,
      false,
    ]);
    assert.deepEqual(values, [0.5, 0.5, 0.5, 0.5, 0.5]);
  });
  it("finds a falling curve open above, bounded by the nearest point below", () => {
    const arm = respond(grid, alike(5, [0.8, 0.6, 0.4, 0.2, 0]));
    const { open, bound } = locate(arm);
    assert.deepEqual([open, bound], ["above", 0.75]);
  });
  it("finds a rising curve open below, bounded by the nearest point above", () => {
    const arm = respond(grid, alike(5, [0, 0.2, 0.4, 0.6, 0.8]));
    const { open, bound } = locate(arm);
    assert.deepEqual([open, bound], ["below", 0.25]);
  });
  it("finds a curve open on both sides where the seeds contradict each other", () => {
    const rows = [[0.1, 0, 0.2], [0.2, 0, 0.1], [-0.2, 0, -0.2], [0, 0, 0]];
    const { open, bound } = locate(respond([0, 1, 2], rows));
    assert.deepEqual([open, bound], ["both", null]);
  });
  it("closes a side at the 95% level and bounds the optimum at 97.5%", () => {
    // Five rises whose mean is t standard errors; t_0.95 = 2.132, t_0.975 = 2.776.
    const rises = (t: number) =>
      [1, -1, 1, -1, 0].map((it) => (it * Math.sqrt(5) + t) / 10);
    const open = (t: number) =>
      locate(respond([0, 1, 2], rises(t).map((rise) => [rise, 0, 1]))).open;
    assert.deepEqual([open(2.12), open(2.14)], ["below", "none"]);
    const bound = (t: number) =>
      locate(respond([0, 1], rises(t).map((rise) => [rise, 0]))).bound;
    assert.deepEqual([bound(2.77), bound(2.78)], [null, 0]);
  });
  it("lets weight decay 0 close the lower side, but not bound", () => {
    const wall = [-Infinity, 0, 1, 2];
    const closed = locate(respond(wall, alike(5, [0.3, 0, 0.1, 0.3])));
    assert.equal(closed.open, "none");
    const open = locate(respond([-Infinity, 0, 1], alike(5, [0.3, 0.2, 0])));
    assert.deepEqual([open.open, open.bound], ["above", 0]);
    const bare = locate(respond([-Infinity, 0], alike(5, [0.3, 0])));
    assert.deepEqual([bare.open, bare.bound], ["above", null]);
  });
  it("is open below where weight decay 0 is the best of all", () => {
    const { open } = locate(
      respond([-Infinity, 0, 1], alike(5, [0, 0.2, 0.4])),
    );
    assert.equal(open, "below");
  });
  it("counts an arm as limited by the cliff from 40% of its seeds on", () => {
    const cliff = [0.4, 0.2, 0, broke, broke] as const;
    const valley = [0.4, 0.2, 0, 0.2, 0.4] as const;
    const limited = (cliffs: number, valleys: number) =>
      locate(
        respond(grid, [...alike(cliffs, cliff), ...alike(valleys, valley)]),
      ).cliffLimited;
    assert.deepEqual([limited(1, 4), limited(2, 3), limited(4, 6)], [
      false,
      true,
      true,
    ]);
  });
  it("tells when every point of every seed diverged", () => {
    const all = [broke, broke, broke] as const;
    const one = [broke, 0.2, broke] as const;
    assert.equal(locate(respond([0, 1, 2], alike(3, all))).diverged, true);
    assert.equal(locate(respond([0, 1, 2], [all, one])).diverged, false);
  });
});

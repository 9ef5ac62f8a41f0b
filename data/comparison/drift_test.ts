import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { random } from "../random.ts";
import { isClose } from "../statistics/testdata/respond.ts";
import { driftLines } from "./drift.ts";

function history(
  risen: (point: number) => number,
  points = 20,
  scatter = 0.003,
) {
  const draw = random(3, "history");
  return Array.from({ length: points }, (_, point) => ({
    at: "2024-05-01T10:00:00.000Z",
    commit: "c0de",
    baseline: "v1",
    ratios: { step: (1 + risen(point)) * Math.exp(scatter * draw.normal()) },
  }));
}

describe("driftLines", () => {
  const cases = [
    ["no change", () => 0, "SAME"],
    ["a slope of 2% over 20 points", (at: number) => 0.02 * at / 19, "WORSE"],
    ["a step of 2%", (at: number) => at < 12 ? 0 : 0.02, "WORSE"],
    ["a gain of 3%", (at: number) => at < 9 ? 0 : -0.03, "BETTER"],
    ["a slope of half a percent", (at: number) => 0.005 * at / 19, "SAME"],
  ] as const;
  for (const [what, risen, state] of cases) {
    it(`calls ${what} ${state}`, () =>
      assert.equal(driftLines(history(risen))[0]!.state, state));
  }

  it("measures a slope from the first point to the last, and a step by its height", () => {
    const [slope] = driftLines(history((at) => 0.04 * at / 19, 20, 1e-5));
    isClose(slope!.change!, 0.04, 1e-3);
    assert.match(slope!.note, /slope over 20 points/);
    const [step] = driftLines(history((at) => at < 12 ? 0 : 0.04, 20, 1e-5));
    isClose(step!.change!, 0.04, 1e-4);
    assert.match(step!.note, /step 8 points ago/);
  });

  it("looks at the last 20 points that have the newest baseline", () => {
    const old = history(() => 0.5, 30);
    assert.equal(driftLines([...old, ...history(() => 0)])[0]!.n, 20);
    const moved = history(() => 0, 10).map((point) => ({
      ...point,
      baseline: "v2",
    }));
    assert.equal(driftLines([...old, ...moved])[0]!.n, 10);
  });

  it("says how many points it needs", () => {
    const [line] = driftLines(history(() => 0.5, 7));
    assert.equal(line!.state, "CANNOT JUDGE");
    assert.match(line!.note, /needs 8 points relative to v1/);
    assert.deepEqual(driftLines([]), []);
  });

  it("judges no scatter as a drift", () =>
    assert.equal(
      driftLines(history(() => 0.02, 20, 0.05))[0]!.state,
      "CANNOT JUDGE",
    ));
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { wilson } from "./findings.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };

describe("wilson", () => {
  it("agrees with statsmodels' proportion_confint", () => {
    for (const [count, n, level, low, high] of reference.wilson) {
      const interval = wilson(count!, n!, level!);
      isClose(interval.low, low!, 1e-12);
      isClose(interval.high, high!, 1e-12);
    }
  });
  it("ends exactly at 0 and 1 where no run or every run counts", () => {
    assert.equal(wilson(0, 7).low, 0);
    assert.equal(wilson(7, 7).high, 1);
  });
  it("knows nothing without runs", () => {
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  });
});

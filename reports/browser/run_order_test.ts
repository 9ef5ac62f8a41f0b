import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describeCount, type Order, orderAfter } from "./run_query.ts";

describe("orderAfter", () => {
  it("goes from ascending to descending to the plan's, and begins anew at another column", () => {
    const none: Order = { descending: false };
    const up: Order = { sort: "loss", descending: false };
    const down: Order = { sort: "loss", descending: true };
    assert.deepEqual(orderAfter(none, "loss"), up);
    assert.deepEqual(orderAfter(up, "loss"), down);
    assert.deepEqual(orderAfter(down, "loss"), none);
    assert.deepEqual(orderAfter(down, "seed"), { ...up, sort: "seed" });
  });
});

describe("describeCount", () => {
  const cases:
    readonly (readonly [[number, number, number, number], string])[] = [
      [[1, 1, 0, 1], "1 row."],
      [[10080, 10080, 0, 50], "10,080 rows, 1 to 50 shown."],
      [
        [10080, 1234, 1200, 1234],
        "1,234 of 10,080 rows, 1,201 to 1,234 shown.",
      ],
      [[81, 8, 0, 8], "8 of 81 rows."],
      [[81, 0, 0, 0], "None of 81 rows fits."],
    ];
  for (const [[all, found, from, to], expected] of cases) {
    it(`reads: ${expected}`, () => {
      assert.equal(describeCount(all, found, from, to), expected);
    });
  }
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  formatCount,
  formatDecimal,
  formatDuration,
  formatInteger,
  formatList,
  formatLoss,
  formatPercent,
  formatRate,
  formatRatio,
} from "./numbers.ts";

const cases: readonly (readonly [string, string])[] = [
  [formatRate(1e-3), "1e-3"],
  [formatRate(0.00177828), "1.8e-3"],
  [formatRate(0.05), "5e-2"],
  [formatRate(0.0999), "1e-1"],
  [formatRate(1), "1e0"],
  [formatRate(31.6228), "3.2e1"],
  [formatRate(0), "0"],
  [formatLoss(0.41449), "0.414"],
  [formatLoss(2.3), "2.30"],
  [formatPercent(0.8534), "85.3%"],
  [formatDecimal(-0.349, 2), "−0.35"],
  [formatDecimal(-0.04, 1), "0.0"],
  [formatDecimal(2, 1), "2.0"],
  [formatRatio(8.94), "8.9×"],
  [formatRatio(9.97), "10×"],
  [formatRatio(17.78), "18×"],
  [formatRatio(0.5623), "0.56×"],
  [formatRatio(0.9999), "1.0×"],
  [formatRatio(0.001), "1e-3×"],
  [formatInteger(10080), "10,080"],
  [formatCount(1, "run"), "1 run"],
  [formatCount(3000, "loss", "losses"), "3,000 losses"],
  [formatDuration(0.53), "0.53 s"],
  [formatDuration(59.96), "1 min 0 s"],
  [formatDuration(125), "2 min 5 s"],
  [formatDuration(3 * 3600 + 61), "3 h 1 min"],
  [formatList([]), ""],
  [formatList(["a"]), "a"],
  [formatList(["a", "b", "c"]), "a, b and c"],
];

describe("numbers on the pages", () => {
  for (const [actual, expected] of cases) {
    it(`reads ${expected || "nothing"}`, () => assert.equal(actual, expected));
  }
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "./testdata/respond.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import {
  holm,
  logGamma,
  mean,
  median,
  normalCdf,
  normalQuantile,
  rankCorrelation,
  standardDeviation,
  studentQuantile,
  studentTail,
} from "./textbook.ts";

describe("mean and standardDeviation", () => {
  it("divide by n and by n - 1", () => {
    assert.equal(mean([1, 2, 6]), 3);
    assert.equal(standardDeviation([1, 2, 6]), Math.sqrt(7));
  });
  it("are NaN where they are not defined", () => {
    assert.ok(Number.isNaN(mean([])));
    assert.ok(Number.isNaN(standardDeviation([3])));
  });
});

describe("median", () => {
  it("is the middle value, or between the middle two, and leaves the order alone", () => {
    const values = [9, 1, 5];
    assert.equal(median(values), 5);
    assert.deepEqual(values, [9, 1, 5]);
    assert.equal(median([4, 1, 9, 2]), 3);
  });
  it("is NaN for no values and with a NaN among them", () => {
    assert.ok(Number.isNaN(median([])));
    assert.ok(Number.isNaN(median([1, NaN, 3])));
  });
});

describe("rankCorrelation", () => {
  it("agrees with SciPy's spearmanr, ties included", () => {
    for (const { first, second, correlation } of reference.ranks) {
      isClose(rankCorrelation(first, second), correlation, 1e-12);
    }
  });
  it("is NaN for constants and with a NaN among the values", () => {
    assert.ok(Number.isNaN(rankCorrelation([1, 1, 1], [1, 2, 3])));
    assert.ok(Number.isNaN(rankCorrelation([1, NaN, 2], [1, 2, 3])));
  });
});

describe("studentQuantile", () => {
  it("agrees with SciPy to 1e-7 of its value", () => {
    for (const [p, degrees, expected] of reference.quantiles) {
      isClose(studentQuantile(p!, degrees!) / expected!, 1, 1e-7);
    }
  });
  it("gives the same number again from memory", () => {
    assert.equal(studentQuantile(0.95, 7), studentQuantile(0.95, 7));
  });
});

describe("studentTail", () => {
  it("agrees with SciPy to 1e-7 of its value", () => {
    for (const [t, degrees, expected] of reference.tails) {
      isClose(studentTail(t!, degrees!) / expected!, 1, 1e-7);
    }
  });
  it("is 0 and 1 at the infinities", () => {
    assert.equal(studentTail(Infinity, 3), 0);
    assert.equal(studentTail(-Infinity, 3), 1);
  });
});

describe("normalCdf and normalQuantile", () => {
  it("give the values of a printed table and invert each other", () => {
    isClose(normalQuantile(0.975), 1.959963984540054, 1e-12);
    isClose(normalCdf(1), 0.8413447460685429, 1e-12);
    isClose(normalCdf(normalQuantile(0.3)), 0.3, 1e-12);
    assert.equal(normalCdf(-Infinity), 0);
    assert.equal(normalCdf(Infinity), 1);
  });
});

describe("logGamma", () => {
  it("is the logarithm of a factorial at whole numbers, and of sqrt(pi) at a half", () => {
    isClose(logGamma(6), Math.log(120), 1e-12);
    isClose(logGamma(0.5), Math.log(Math.PI) / 2, 1e-12);
  });
});

describe("holm", () => {
  it("agrees with statsmodels' multipletests", () => {
    for (const { p, adjusted } of reference.holm) {
      holm(p).forEach((value, i) => isClose(value, adjusted[i]!, 1e-12));
    }
  });
  it("leaves an empty family empty", () => assert.deepEqual(holm([]), []));
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import {
  logGamma,
  normalCdf,
  normalQuantile,
  studentQuantile,
  studentTail,
} from "./textbook.ts";

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

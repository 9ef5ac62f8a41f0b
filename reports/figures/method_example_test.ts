import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { contains } from "../../data/statistics/estimate.ts";
import { methodExample } from "./method_example.ts";

describe("methodExample", () => {
  const example = methodExample();

  it("shows a valley and a cliff", () => {
    const [adamw, sing] = example.seed;
    assert.equal(adamw?.optimum.cliffLimited, false);
    assert.equal(adamw?.optimum.to, adamw?.positions.at(-1));
    assert.equal(sing?.optimum.cliffLimited, true);
    assert.ok(sing && sing.optimum.to < sing.positions.at(-1)!);
  });

  it("knows the truth, and its interval holds it", () => {
    assert.equal(example.truth, 1);
    assert.ok(contains(example.difference.interval90, example.truth));
    assert.ok(example.difference.allowance > 0.1, "with the cliff's part");
  });

  it("takes its differences from the best rates that it shows", () => {
    const { adamw, sing } = example.best;
    assert.deepEqual(
      sing.map((value, i) => value - adamw[i]!),
      example.difference.values,
    );
  });

  it("is the same at each call", () => {
    assert.deepEqual(methodExample(), example);
  });
});

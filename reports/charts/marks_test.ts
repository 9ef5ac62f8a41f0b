import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spreadLabels } from "./marks.ts";

describe("spreadLabels", () => {
  it("leaves labels that do not touch where they are", () => {
    assert.deepEqual(spreadLabels([50, 10, 90], 18), [50, 10, 90]);
  });

  it("moves two that touch apart around their middle, in order", () => {
    assert.deepEqual(spreadLabels([104, 100], 18), [111, 93]);
  });

  it("moves a chain that meets on the way", () => {
    assert.deepEqual(spreadLabels([10, 20, 35], 18), [
      65 / 3 - 18,
      65 / 3,
      65 / 3 + 18,
    ]);
  });
});

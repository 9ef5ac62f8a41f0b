import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { totalSteps } from "./configured.ts";

describe("totalSteps", () => {
  it("counts whole batches, in a multiple of LookAhead's five", () => {
    assert.equal(
      totalSteps({ epochs: 2, trainSize: 3000, batchSize: 100 }),
      60,
    );
    assert.equal(totalSteps({ epochs: 2, trainSize: 799, batchSize: 100 }), 10); // of 14
  });
  it("refuses a training without a sync", () => {
    assert.throws(
      () => totalSteps({ epochs: 1, trainSize: 499, batchSize: 100 }),
      {
        name: "UserError",
        message: /at least 5 steps are needed: current value is 4/,
      },
    );
  });
});

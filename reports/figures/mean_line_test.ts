import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { meanLine } from "./loss_by_learning_rate.ts";

const at = (learningRate: number, loss?: number) => ({
  learningRate,
  ...loss !== undefined && { loss },
  trials: [],
  n: 1,
  diverged: 0,
});

describe("meanLine", () => {
  it("joins the means there are", () => {
    const rates = [at(1e-3, 0.5), at(1e-2), at(1e-1, 0.4)];
    assert.deepEqual(meanLine({ rates }, 1), [
      { rate: 1e-3, loss: 0.5 },
      { rate: 1e-1, loss: 0.4 },
    ]);
  });

  it("ends on the ceiling, where the straight line of the log-log plot meets it", () => {
    const rates = [at(1e-4, 4), at(1e-3, 0.25), at(1e-2, 4), at(1e-1, 4)];
    const line = meanLine({ rates }, 1);
    assert.deepEqual(line.map(({ loss }) => loss), [1, 0.25, 1]);
    // 1 is halfway from 0.25 to 4 in logarithms
    assert.ok(Math.abs(Math.log10(line[0]?.rate ?? 0) + 3.5) < 1e-12);
    assert.ok(Math.abs(Math.log10(line[2]?.rate ?? 0) + 2.5) < 1e-12);
  });
});

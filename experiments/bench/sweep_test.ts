import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { vitConfig } from "../models/mod.ts";
import { sweepSize, timeSweep } from "./workers.ts";

describe("timeSweep", () => {
  it("counts the runs of warm processes, and leaves no folder behind", async () => {
    const leftovers = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith("tenfold-bench-"));
    const before = leftovers();
    const learningRates = [1e-3];
    let progress = 0;
    const { model, jobs, runs, seconds, runsPerHour } = await timeSweep({
      profile: "smoke",
      model: vitConfig({
        ...{ patch: 14, dim: 4, depth: 1, heads: 1, layerScale: null },
      }),
      jobs: 2,
      learningRates,
      signal: new AbortController().signal,
      onProgress: () => progress++,
    });
    assert.deepEqual([model, jobs, runs, progress], ["vit", 2, 6, 6]);
    assert.equal(runs, sweepSize(learningRates));
    assert.ok(Math.abs(runsPerHour - 3600 * runs / seconds) < 1e-6);
    assert.deepEqual(leftovers(), before);
  });
});

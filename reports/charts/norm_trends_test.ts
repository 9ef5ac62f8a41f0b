import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Alarm } from "../../data/statistics/alarm.ts";
import type { GradientTrace } from "../gradient_traces.ts";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { normTrends } from "./norm_trends.ts";

function trace(seed: number, changes: Partial<Alarm> = {}): GradientTrace {
  return {
    seed,
    warmup: 10,
    steps: 50,
    tensors: [],
    alarm: {
      alarmed: true,
      lossTrend: -1,
      normTrend: 0.8,
      losses: [2, 1],
      norms: [0.1, 0.3],
      ...changes,
    },
  };
}

describe("normTrends", () => {
  const spec = normTrends({
    arm: "sing",
    planned: 2,
    traces: [trace(7), trace(8, { alarmed: false, normTrend: NaN })],
  });
  const lines = layersOf(spec).filter(({ mark }) => mark.type === "line");

  it("draws a line a seed for the loss and for the norm, at the middle of each part", () => {
    const [, loss, , norm] = lines; // of each, those without an alarm come first
    assert.deepEqual(
      loss?.data.values.map(({ seed, step, loss }) => [seed, step, loss]),
      [["7", 20, 2], ["7", 40, 1]],
    );
    assert.deepEqual(norm?.data.values.map(({ norm }) => norm), [0.1, 0.3]);
    assert.deepEqual(loss?.encoding["y"].scale.range, [150, 22]);
    assert.deepEqual(norm?.encoding["y"].scale.range, [330, 202]);
  });

  it("sets off the seeds that alarm, and tells both trends", () => {
    const [silent, alarmed] = lines;
    assert.equal(alarmed?.mark["color"], "var(--sing)");
    assert.equal(silent?.mark["color"], "var(--muted)");
    assert.equal(
      alarmed?.data.values[0]?.["trends"],
      "loss −1.00, norm 0.80",
    );
    assert.equal(silent?.data.values[0]?.["trends"], "loss −1.00, norm none");
  });

  it("leaves out what has no place on a logarithmic axis", () => {
    const broken = trace(9, { losses: [2, NaN], norms: [0, 0.3] });
    const drawn = layersOf(
      normTrends({ arm: "sing", planned: 1, traces: [broken] }),
    );
    assert.deepEqual(
      rowsOf(drawn, { type: "line", strokeWidth: 2 }).map((
        { step, loss, norm },
      ) => [step, loss, norm]),
      [[20, 2, 0], [40, NaN, 0.3]],
    );
  });

  it("is not drawn where no seed was watched", () => {
    const unwatched = { ...trace(1), alarm: null };
    assert.equal(
      normTrends({ arm: "sing", planned: 1, traces: [unwatched] }),
      null,
    );
  });
});

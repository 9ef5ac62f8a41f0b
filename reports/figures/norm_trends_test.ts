import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Alarm } from "../../data/statistics/alarm.ts";
import { layersOf } from "../testdata/spec_layers.ts";
import { type GradientTrace, normTrends } from "./norm_trends.ts";

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
  const rows = dataOf(spec);
  const lines = layersOf(spec).filter(({ mark }) => mark.type === "line");

  it("has the medians of every seed at the middle of each part of the training", () => {
    assert.deepEqual(rows.slice(0, 2), [
      {
        seed: "7",
        step: 20,
        loss: 2,
        norm: 0.1,
        alarmed: true,
        trends: "loss −1.00, norm 0.80",
      },
      {
        seed: "7",
        step: 40,
        loss: 1,
        norm: 0.3,
        alarmed: true,
        trends: "loss −1.00, norm 0.80",
      },
    ]);
    assert.equal(rows[2]?.["trends"], "loss −1.00, norm none");
  });

  it("draws the loss above and the norm below, and sets off the seeds that alarm", () => {
    assert.deepEqual(
      lines.map(({ mark, encoding, transform }) => [
        encoding["y"].field,
        encoding["y"].scale.range,
        mark["color"],
        transform?.[0]?.["filter"],
      ]),
      [
        ["loss", [150, 22], "var(--muted)", silent("loss")],
        ["loss", [150, 22], "var(--sing)", alarmed("loss")],
        ["norm", [330, 202], "var(--muted)", silent("norm")],
        ["norm", [330, 202], "var(--sing)", alarmed("norm")],
      ],
    );
  });

  it("spans the numbers that have a place on a logarithmic axis", () => {
    const broken = trace(9, { losses: [2, NaN], norms: [0, 0.3] });
    const drawn = normTrends({ arm: "sing", planned: 1, traces: [broken] });
    const domains = layersOf(drawn).filter(({ mark }) => mark.type === "line")
      .map(({ encoding }) => encoding["y"].scale.domain);
    // One number alone has a twentieth of a tenth around it.
    assert.deepEqual(domains[0], [1.99, 2.01]);
    assert.deepEqual(domains[2], [0.2985, 0.3015]);
  });

  it("is not drawn where no seed was watched", () => {
    const unwatched = { ...trace(1), alarm: null };
    assert.equal(
      normTrends({ arm: "sing", planned: 1, traces: [unwatched] }),
      null,
    );
  });
});

const alarmed = (measure: string) =>
  `datum.alarmed === true && datum.${measure} > 0`;
const silent = (measure: string) =>
  `datum.alarmed === false && datum.${measure} > 0`;

function dataOf(
  spec: ReturnType<typeof normTrends>,
): readonly Record<string, unknown>[] {
  assert.ok(spec?.data && "values" in spec.data);
  return spec.data.values as Record<string, unknown>[];
}

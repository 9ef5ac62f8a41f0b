import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layerNormStudies } from "../testdata/layer_norm_studies.ts";
import type { Changes } from "../testdata/planned_study.ts";
import { workloadFrom } from "../testdata/tables.ts";
import { describeNormTrends, gradientTraces } from "./norm_trends.ts";
import { describeTensorNorms } from "./tensor_norms.ts";

function tracesOf(changes: Changes = {}, model = 0) {
  const example = layerNormStudies(changes)[model]!;
  const runs = new Map(example.runs.map((run) => [run.id, run]));
  return gradientTraces(workloadFrom(example), (id) => runs.get(id));
}

describe("gradientTraces", () => {
  it("has the arms whose report runs were watched, with an alarm a seed", () => {
    const [sing, exempt, adamw, ...others] = tracesOf();
    assert.deepEqual(
      [sing?.arm, exempt?.arm, adamw?.arm, others.length],
      ["sing", "sing exempt", "adamw", 0],
    );
    assert.deepEqual(
      sing?.traces.map(({ seed, alarm }) => [seed, alarm?.alarmed]),
      [0, 1, 2, 3, 4, 5].map((i) => [100_000 + i, i > 0]),
    );
    assert.ok(adamw?.traces.every(({ alarm }) => alarm?.alarmed === false));
  });

  it("tells LayerNorm from LayerScale and the rest, each with a norm a fifth of the training", () => {
    const [sing] = tracesOf({}, 1);
    const [trace] = sing?.traces ?? [];
    assert.deepEqual(
      trace?.tensors.map(({ name, group }) => `${group} ${name}`),
      [
        "others embed/kernel",
        "LayerNorm block1/norm1/gain",
        "LayerNorm block1/norm1/bias",
        "others block1/mlp/expand/kernel",
        "others block1/mlp/expand/bias",
        "others block1/mlp/contract/kernel",
        "LayerScale block1/mlp/scale/gain",
      ],
    );
    assert.ok(trace?.tensors.every(({ norms }) => norms.length === 5));
  });

  it("is empty where nothing was watched", () => {
    assert.deepEqual(tracesOf({ outcome: () => null }), []);
    const unread = gradientTraces(
      workloadFrom(layerNormStudies()[0]!),
      () => undefined,
    );
    assert.deepEqual(unread, []);
  });
});

describe("describeNormTrends", () => {
  it("names the seeds that alarm, and says that it takes both trends", () => {
    assert.equal(
      describeNormTrends(tracesOf()[0]!),
      "5 of 6 seeds raise the alarm: 100001, 100002, 100003, 100004 and 100005. " +
        "It takes both trends: the loss falls in 6, the norm rises in 5.",
    );
  });

  it("counts what was to be watched and was not", () => {
    const words = describeNormTrends(
      tracesOf({
        outcome: ({ stage, seed }, summary) =>
          stage === "report" && seed === 100_003 ? null : summary,
      })[0]!,
    );
    assert.match(words, /^4 of 5 seeds raise/);
    assert.match(words, /1 planned run was not watched throughout\.$/);
  });
});

describe("describeTensorNorms", () => {
  it("compares the last fifth of the training with the first, by group", () => {
    const words = describeTensorNorms(tracesOf());
    assert.match(words, /^SING, .*: LayerNorm \d\S*×, others 0\.\d+×\. /);
    assert.match(words, /AdamW, .*: LayerNorm 0\.\d+×, others 0\.\d+×\.$/);
  });
});

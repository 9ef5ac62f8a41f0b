import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Alarm } from "../../data/statistics/alarm.ts";
import { layersOf } from "../testdata/charts.ts";
import {
  layerNormStudies,
  type StudyChanges,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  type ArmTraces,
  describeNormTrends,
  describeTensorNorms,
  type GradientTrace,
  gradientTraces,
  normTrends,
  tensorNorms,
  type TensorTrace,
} from "./gradient_norms.ts";

function tracesOf(changes: StudyChanges = {}, model = 0) {
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

const tensor = (
  name: string,
  norm: number,
  group: TensorTrace["group"] = "others",
): TensorTrace => ({ name, group, norms: Array(5).fill(norm) });

const arm = (
  name: string,
  ...seeds: readonly (readonly TensorTrace[])[]
): ArmTraces => ({
  arm: name,
  planned: seeds.length,
  traces: seeds.map((tensors, seed) => ({
    seed,
    alarm: null,
    warmup: 0,
    steps: 10,
    tensors,
  })),
});

describe("tensorNorms", () => {
  const layers = layersOf(tensorNorms([
    arm(
      "sing",
      [tensor("embed/kernel", 1), tensor("norm/gain", 4, "LayerNorm")],
      [tensor("embed/kernel", 100), tensor("norm/gain", 4, "LayerNorm")],
    ),
    arm("adamw", [
      tensor("embed/kernel", NaN),
      tensor("norm/gain", 0, "LayerNorm"),
    ]),
  ]));
  const cells = layers.at(-1);

  it("draws the geometric mean over seeds, a cell a fifth of the training", () => {
    const [first] = cells?.data.values ?? [];
    assert.deepEqual(first, { tensor: "embed/kernel", column: 0, norm: 10 });
  });

  it("has no cell for what is not a number above 0", () => {
    assert.equal(cells?.data.values.length, 2 * 5);
  });

  it("lists the tensors under their groups, LayerNorm first", () => {
    assert.deepEqual(cells?.encoding["y"].scale.domain, [
      "LayerNorm",
      "norm/gain",
      "others",
      "embed/kernel",
    ]);
  });

  it("puts the arms beside each other", () => {
    assert.deepEqual(cells?.encoding["x"].scale.domain, [0, 10.5]);
  });

  it("is not drawn without a norm", () => {
    assert.equal(tensorNorms([arm("sing", [tensor("a", 0)])]), null);
    assert.equal(tensorNorms([]), null);
  });
});

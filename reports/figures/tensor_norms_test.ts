import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf } from "../testdata/spec_layers.ts";
import type { ArmTraces, TensorTrace } from "./norm_trends.ts";
import { tensorNorms } from "./tensor_norms.ts";

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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { type AblationArm, switchMatrix } from "./ablation.ts";

const arm = (changes: Partial<AblationArm>): AblationArm => ({
  arm: "switches C--L",
  on: ["centralize", "lookahead"],
  learningRate: 0.01,
  seeds: [{ seed: 100_000, loss: 0.4 }, { seed: 100_001, loss: 0.5 }],
  diverged: 0,
  planned: 2,
  y: Math.log(0.45),
  ...changes,
});

describe("switchMatrix", () => {
  const layers = layersOf(switchMatrix([
    arm({}),
    arm({
      arm: "switches ----",
      name: "AdamW-like",
      on: [],
      y: Math.log(0.46),
    }),
  ]));

  it("fills the switches that are on, a row an arm", () => {
    const states = rowsOf(layers, { type: "point", size: 80 })
      .map(({ arm, state }) => `${arm} ${state}`);
    assert.deepEqual(states.slice(0, 4), [
      "switches C--L on",
      "switches C--L off",
      "switches C--L off",
      "switches C--L on",
    ]);
    assert.ok(states.slice(4).every((state) => state === "switches ---- off"));
  });

  it("draws seeds and means, and names the arms that are optimizers", () => {
    assert.deepEqual(
      rowsOf(layers, { type: "point", size: 40 }).map(({ loss }) => loss),
      [0.4, 0.5, 0.4, 0.5],
    );
    assert.deepEqual(
      rowsOf(layers, { type: "point", size: 130 }).map(({ text }) => text),
      ["0.450", "0.460"],
    );
    const names = layers.flatMap(({ data }) =>
      data.values.flatMap(({ name }) => name ?? [])
    );
    assert.deepEqual(new Set(names), new Set(["AdamW-like"]));
  });

  it("writes how many runs diverged in place of a mean that they lift", () => {
    const drawn = layersOf(switchMatrix([arm({ diverged: 1, y: 0.2 })]));
    assert.deepEqual(rowsOf(drawn, { size: 130 }), []);
    const texts = rowsOf(drawn, { type: "text", align: "right" })
      .map(({ text }) => text);
    assert.deepEqual(texts, ["1e-2", "1 diverged"]);
  });

  it("is not drawn where no run finished", () => {
    assert.equal(switchMatrix([arm({ seeds: [], y: null })]), null);
  });
});

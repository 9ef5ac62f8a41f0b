import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { estimate, type Finding } from "../../data/statistics/estimate.ts";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { type NetworkRatios, switchesOff } from "./mechanism.ts";
import { ratioByEntries } from "./ratio_by_entries.ts";

function network(
  model: string,
  measured: Finding,
  entries: number | null = 1e5,
): NetworkRatios {
  const ratio = { predicted: 10, measured, seeds: [1, 2], progress: "" };
  return { model, entries, ratios: [{ arm: "sing", ...ratio }] };
}

const measured: Finding = { kind: "estimate", estimate: estimate([0.9, 1.1]) };

describe("ratioByEntries", () => {
  const layers = layersOf(ratioByEntries([network("vit-64", measured)]));

  it("draws the predicted curve 2R(D)", () => {
    const [line] = layers.filter(({ mark }) => mark.type === "line");
    const rows = line?.data.values ?? [];
    // R is 1 for small tensors
    assert.ok(Math.abs(Number(rows[0]?.["ratio"]) - 2) < 0.01);
    const near = rows.find(({ entries }) => Number(entries) > 1e5);
    assert.ok(Math.abs(Number(near?.["ratio"]) - 10) < 1);
  });

  it("draws seeds and mean at the size of the network's tensors", () => {
    assert.deepEqual(
      rowsOf(layers, { size: 35 }).map(({ entries, ratio, seed }) => [
        entries,
        ratio,
        seed,
      ]),
      [[1e5, 7.9433, 1], [1e5, 12.589, 2]],
    );
    assert.deepEqual(rowsOf(layers, { size: 130 }), [{
      name: "ViT 64",
      look: "vit",
      entries: 1e5,
      ratio: 10,
      predicted: "10×",
      text: "10×",
    }]);
  });

  it("ends an open side in an arrow on the plot's edge", () => {
    const open: Finding = {
      kind: "range",
      n: 2,
      range: { low: 0.5, high: Infinity },
      because: "open side",
    };
    const drawn = layersOf(ratioByEntries([network("cnn-16", open)]));
    const [arrow] = rowsOf(drawn, { type: "point", size: 90 });
    const top = drawn.at(-1)?.encoding["y"] && arrow?.["ratio"];
    assert.equal(arrow?.["end"], "triangle-up");
    const [bar] = rowsOf(drawn, { type: "rule", strokeWidth: 2.5 });
    assert.deepEqual([bar?.["low"], bar?.["high"]], [3.1623, top]);
    assert.deepEqual(rowsOf(drawn, { size: 130 }), []);
  });

  it("leaves out networks without a size or a number", () => {
    const missing: Finding = { kind: "missing" };
    assert.equal(ratioByEntries([network("vit", missing)]), null);
    assert.equal(ratioByEntries([network("vit", measured, null)]), null);
  });
});

describe("switchesOff", () => {
  it("draws the prediction beside what was measured, also where that is missing", () => {
    const { ratios: [sing] } = network("vit-64", measured);
    const off = {
      ...sing!,
      arm: "sing without both",
      predicted: 1,
      measured: { kind: "missing" } as const,
    };
    const one = { model: "vit-64", entries: 1e5, ratios: [sing!, off] };
    const layers = layersOf(switchesOff([one]));
    assert.deepEqual(
      rowsOf(layers, { shape: "diamond" }).map((
        { row, value },
      ) => [row, value]),
      [["ViT 64: SING", 10], ["ViT 64: SING neither", 1]],
    );
    assert.deepEqual(
      rowsOf(layers, { size: 110 }).map(({ value }) => value),
      [10],
    );
    assert.equal(switchesOff([{ ...one, ratios: [off] }]), null);
  });
});

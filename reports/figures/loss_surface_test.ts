import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/spec_layers.ts";
import { lossRange, lossSurface } from "./loss_surface.ts";
import type { Surface } from "./surface.ts";

const point = (learningRate: number, weightDecay: number, loss: number) => ({
  learningRate,
  weightDecay,
  loss,
  n: 2,
  diverged: loss > 2 ? 1 : 0,
  planned: 3,
});

const points = [
  point(0.01, 0, 0.5),
  point(0.01, 0.01, 0.4),
  point(0.1, 0.01, 2.3),
];
const surface: Surface = {
  arm: "sing",
  points,
  listed: [point(0.05, 0.005, 0.45)],
  ridge: points.slice(0, 2),
  own: { learningRate: 0.02, weightDecay: 0.01 },
  missing: 0,
};

describe("lossSurface", () => {
  const colours = lossRange([surface]);
  const byRule = { learningRate: 0.1, weightDecay: 0.001 };
  const layers = layersOf(lossSurface(surface, { colours, byRule }));
  const cells = layers.find(({ mark, encoding }) =>
    mark.type === "rect" && encoding["tooltip"]
  );

  it("draws a cell around each point, weight decay 0 a decade below the smallest", () => {
    assert.deepEqual(
      cells?.data.values.map(({ left, right, low, high }) => [
        left,
        right,
        low,
        high,
      ]),
      [
        [0.0074989, 0.013335, -4.25, -3.75], // the rule's 1e-3 is the smallest
        [0.0074989, 0.013335, -2.25, -1.75],
        [0.074989, 0.13335, -2.25, -1.75],
      ],
    );
  });

  it("tells the numbers of a cell, and crosses those where runs diverged", () => {
    const [, , broken] = cells?.data.values ?? [];
    assert.deepEqual(
      [broken?.["lossText"], broken?.["seeds"]],
      ["2.30", "2 of 3, 1 diverged"],
    );
    assert.equal(rowsOf(layers, { text: "×" }).length, 1);
  });

  it("spends its colours on the losses near the lowest", () => {
    assert.deepEqual(colours, { low: 0.4, high: 0.6 });
    const { scale } = cells?.encoding["color"] ?? {};
    assert.deepEqual([scale.domain, scale.clamp], [[0.4, 0.6], true]);
    assert.ok(
      lossRange([{ ...surface, points: [points[1]!], listed: [] }]).high > 0.4,
    );
  });

  it("joins the ridge but for weight decay 0", () => {
    const lines = layers.filter(({ mark }) => mark.type === "line");
    assert.ok(lines.every(({ data }) => data.values.length === 1));
    assert.equal(rowsOf(layers, { type: "point", size: 40 }).length, 2);
  });

  it("marks the own best and the rule's point by name, where there are any", () => {
    const names = (drawn: typeof layers) =>
      rowsOf(drawn, { type: "point", size: 200 }).map(({ label, text }) => [
        label,
        text,
      ]);
    assert.deepEqual(names(layers), [
      ["own best", "2e-2, weight decay 1e-2"],
      ["by the rule", "1e-1, weight decay 1e-3"],
    ]);
    const bare = { ...surface, own: null };
    assert.deepEqual(
      names(layersOf(lossSurface(bare, { colours, byRule: null }))),
      [],
    );
  });

  it("labels round decades, and 0", () => {
    const { axis } = cells?.encoding["y"] ?? {};
    assert.deepEqual(axis.values, [-4, -3, -2]);
    assert.match(axis.labelExpr, /^datum\.value < -3\.5 \? '0'/);
  });
});

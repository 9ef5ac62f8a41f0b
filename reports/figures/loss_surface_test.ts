import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { layersOf, rowsOf } from "../testdata/charts.ts";
import {
  learningRateStudy,
  weightDecayStudy,
  workloadFrom,
} from "../testdata/studies.ts";
import {
  describeLossSurface,
  lossRange,
  lossSurface,
  placeByRule,
  type Surface,
  surfaceOf,
  type SurfacePoint,
} from "./loss_surface.ts";

describe("surfaceOf", () => {
  const surface = surfaceOf(workloadFrom(weightDecayStudy()), "sing");
  assert.ok(surface);

  it("joins the joint grid with the learning rates tuned without decay", () => {
    const decays = new Map(
      [...Map.groupBy(surface.points, ({ weightDecay }) => weightDecay)]
        .map(([decay, row]) => [decay, row.length]),
    );
    assert.equal(decays.get(0), 9); // five of which both stages hold
    assert.equal(decays.size, 10);
    assert.ok([...decays].every(([decay, n]) => decay === 0 || n === 5));
    assert.ok(
      surface.points.every(({ n, trials }) => n === 5 && trials.length === 5),
    );
  });

  it("has a ridge of the lowest loss at each weight decay", () => {
    assert.equal(surface.ridge.length, 10);
    for (const best of surface.ridge) {
      const row: readonly SurfacePoint[] = surface.points.filter((
        { weightDecay },
      ) => weightDecay === best.weightDecay);
      assert.equal(Math.min(...row.map(({ loss }) => loss)), best.loss);
    }
  });

  it("puts the own best near where it was planted, by the verdicts' procedure", () => {
    const { learningRate, weightDecay } = surface.own!;
    assert.ok(Math.abs(Math.log10(learningRate) + 2) < 0.2);
    assert.ok(Math.abs(Math.log10(weightDecay) + 2.5) < 0.4);
    assert.equal(surface.listed.length, 16);
  });

  it("shows what is there of a study that is not done, without an own best", () => {
    const partly = surfaceOf(
      workloadFrom(weightDecayStudy({
        outcome: ({ weightDecay, seed }, summary) =>
          weightDecay > 0.01 || seed === 2001 ? null : summary,
      })),
      "sing",
    );
    assert.equal(partly?.own, null);
    assert.ok(
      partly.points.every(({ n, trials }) => n === 4 && trials.length === 5),
    );
    assert.match(
      describeLossSurface(partly, null),
      /waits for the rest of its runs\. .* \d+ points of the grid have no loss yet\.$/,
    );
  });

  it("has no ridge where all diverged, and is none without weight decay", () => {
    const lost = surfaceOf(
      workloadFrom(weightDecayStudy({
        outcome: (_, summary) => ({ ...summary, finalLoss: NaN }),
      })),
      "sing",
    );
    assert.deepEqual([lost?.ridge, lost?.own], [[], null]);
    assert.match(
      describeLossSurface(lost!, null),
      /^SING: every run diverged\./,
    );
    assert.equal(surfaceOf(workloadFrom(learningRateStudy()), "sing"), null);
  });
});

describe("placeByRule", () => {
  it("takes ten times the learning rate and a tenth of the weight decay", () => {
    const { learningRate, weightDecay } = placeByRule({
      learningRate: 1e-3,
      weightDecay: 0.05,
    });
    assert.ok(Math.abs(learningRate - 0.01) < 1e-15);
    assert.ok(Math.abs(weightDecay - 0.005) < 1e-15);
  });
});

const point = (learningRate: number, weightDecay: number, loss: number) => ({
  learningRate,
  weightDecay,
  loss,
  n: 2,
  diverged: loss > 2 ? 1 : 0,
  trials: Array(3),
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

  it("names the upper mark above it and the lower one below, whichever is which", () => {
    const below = (byRule: { learningRate: number; weightDecay: number }) =>
      layersOf(lossSurface(surface, { colours, byRule }))
        .filter(({ mark }) => mark.type === "text" && mark.dy !== undefined)
        .filter(({ data }) => data.values[0]?.["label"] === "own best")
        .map(({ mark }) => Number(mark.dy) > 0);
    const rate = { learningRate: 1e-1 };
    assert.deepEqual(below({ ...rate, weightDecay: 1e-3 }), [false, false]);
    assert.deepEqual(below({ ...rate, weightDecay: 1 }), [true, true]);
  });

  it("labels round decades, and 0", () => {
    const { axis } = cells?.encoding["y"] ?? {};
    assert.deepEqual(axis.values, [-4, -3, -2]);
    assert.match(axis.labelExpr, /^datum\.value < -3\.5 \? '0'/);
  });
});

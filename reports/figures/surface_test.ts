import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  learningRateStudy,
  weightDecayStudy,
} from "../testdata/experiment_studies.ts";
import { tableFrom } from "../testdata/tables.ts";
import { describeLossSurface } from "./loss_surface.ts";
import { placeByRule, surfaceOf, type SurfacePoint } from "./surface.ts";

describe("surfaceOf", () => {
  const surface = surfaceOf(tableFrom(weightDecayStudy()), "sing");
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
      surface.points.every(({ n, planned }) => n === 5 && planned === 5),
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
      tableFrom(weightDecayStudy({
        outcome: ({ weightDecay, seed }, summary) =>
          weightDecay > 0.01 || seed === 2001 ? null : summary,
      })),
      "sing",
    );
    assert.equal(partly?.own, null);
    assert.ok(
      partly.points.every(({ n, planned }) => n === 4 && planned === 5),
    );
    assert.match(
      describeLossSurface(partly, null),
      /waits for the rest of its runs\. .* \d+ points of the grid have no loss yet\.$/,
    );
  });

  it("has no ridge where all diverged, and is none without weight decay", () => {
    const lost = surfaceOf(
      tableFrom(weightDecayStudy({
        outcome: (_, summary) => ({ ...summary, finalLoss: NaN }),
      })),
      "sing",
    );
    assert.deepEqual([lost?.ridge, lost?.own], [[], null]);
    assert.match(
      describeLossSurface(lost!, null),
      /^SING: every run diverged\./,
    );
    assert.equal(surfaceOf(tableFrom(learningRateStudy()), "sing"), null);
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

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  between,
  estimate,
  type Finding,
  under,
} from "../../data/statistics/estimate.ts";
import { lossScale, ratioScale, valueScale } from "../charts/scales.ts";
import {
  pictureDomain,
  type VerdictPicture,
  verdictPicture,
} from "./verdict_picture.ts";

const band = between(0.5, 1.5);
const domain = { low: -0.5, high: 2 };

describe("pictureDomain", () => {
  it("holds band, interval, seeds and marks of all pictures, and no difference", () => {
    const { low, high } = pictureDomain([
      picture(estimated(0.9, 1.1)),
      picture({ kind: "missing" }, { marks: [{ kind: "truth", value: 1.8 }] }),
    ], ratioScale);
    assert.ok(low <= 0 && low > -1, `${low}`);
    assert.ok(high >= 1.8 && high < 3, `${high}`);
  });

  it("reaches no further than its scale, whatever is found", () => {
    const wild = picture(estimated(-30, 40));
    assert.deepEqual(pictureDomain([wild], ratioScale), {
      low: 1 - 2.5 - 0.15,
      high: 1 + 2.5 + 0.15,
    });
  });

  it("leaves out what is infinite or no number", () => {
    const open = { low: -0.01, high: Infinity, centre: NaN };
    const { low, high } = pictureDomain(
      [picture(estimated(0), { band: open })],
      lossScale,
    );
    assert.ok(low < -0.01 && low > -0.1 && high >= 0 && high < 0.1);
  });

  it("shows no place that nobody asked about", () => {
    const list = between(-2.3, -1);
    const { high } = pictureDomain(
      [picture(estimated(-1.5, -1.6), { band: list })],
      valueScale,
    );
    assert.ok(high < -0.5);
  });
});

describe("verdictPicture", () => {
  it("draws the thin 95% interval, the thick 90% one, the mean and a point a seed", () => {
    const finding = estimated(0.8, 1, 1.2);
    assert.equal(finding.kind, "estimate");
    const { interval90, interval95 } = finding.estimate;
    const { lines, points } = drawn(picture(finding));
    assert.deepEqual(lines.map(({ width }) => width), [1.5, 6]);
    assert.ok(Math.abs(lines[0]!.x - interval95.low) < 1e-4);
    assert.ok(Math.abs(lines[1]!.to - interval90.high) < 1e-4);
    assert.deepEqual(points.map(({ x }) => x), [1, 0.8, 1, 1.2]);
    assert.ok(points[0]!.size > points[1]!.size);
  });

  it("shades the band, and draws the end of one that has one end", () => {
    const both = drawn(picture(estimated(1, 1.1)));
    assert.deepEqual(both.band, [{ x: 0.5, to: 1.5 }]);
    assert.deepEqual(both.edges, [{ x: 0.5 }, { x: 1.5 }]);
    const one = drawn(picture(estimated(1, 1.1), { band: under(0.5) }));
    assert.deepEqual(one.band, [{ x: -0.5, to: 0.5 }]);
    assert.deepEqual(one.edges, [{ x: 0.5 }]);
  });

  it("ends in an arrowhead where an interval goes on", () => {
    const range: Finding = {
      kind: "range",
      n: 10,
      range: { low: 1.2, high: Infinity },
      because: "open side",
    };
    const { lines, points } = drawn(picture(range));
    assert.deepEqual(lines.map(({ x, to }) => [x, to]), [[1.2, 2]]);
    assert.deepEqual(points.map(({ x, shape }) => [x, shape]), [
      [2, "triangle-right"],
    ]);
  });

  it("shows seeds beyond the picture as arrows at its end", () => {
    const { points } = drawn(picture(estimated(1, -3)));
    const arrows = points.filter(({ size }) => size === 22)
      .map(({ x, shape }) => [x, shape]);
    assert.deepEqual(arrows, [[1, "circle"], [-0.5, "triangle-left"]]);
  });

  it("draws one seed without an interval", () => {
    const { lines, points } = drawn(picture(estimated(1)));
    assert.deepEqual(lines, []);
    assert.equal(points.length, 2);
  });

  it("marks the rule by a line, truth and prediction by a sign", () => {
    const marks = [
      { kind: "rule", value: 1 },
      { kind: "truth", value: 0.9 },
      { kind: "predicted", value: 0.7 },
      { kind: "predicted", value: 7 },
    ] as const;
    const { rules, points } = drawn(picture(estimated(1, 1.2), { marks }));
    assert.deepEqual(rules, [{ x: 1 }]);
    const signs = points.filter(({ y }) => y === 6)
      .map(({ x, shape }) => [x, shape]);
    assert.deepEqual(signs, [[0.9, "triangle-down"], [0.7, "diamond"]]);
  });

  it("is not drawn where there is no number", () => {
    for (
      const finding of [
        { kind: "missing" },
        { kind: "invalid", n: 10, because: "flat" },
      ] as const
    ) {
      assert.equal(verdictPicture(picture(finding), ratioScale, domain), null);
    }
  });
});

type Estimated = Extract<Finding, { kind: "estimate" }>;

function estimated(...values: number[]): Estimated {
  return { kind: "estimate", estimate: estimate(values, 0.1) };
}

function picture(
  finding: Finding,
  rest: Partial<VerdictPicture> = {},
): VerdictPicture {
  return { finding, band, marks: [], ...rest };
}

interface Row {
  readonly x: number;
  readonly to: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly shape: string;
}

/** The rows of each kind of layer. */
function drawn(one: VerdictPicture) {
  const spec = verdictPicture(one, ratioScale, domain);
  assert.ok(spec && "layer" in spec);
  const layers: {
    data: { values: Row[] };
    mark: { type: string; color?: string };
  }[] = JSON.parse(JSON.stringify(spec.layer));
  const of = (type: string, color?: string) =>
    layers.filter(({ mark }) => mark.type === type && mark.color === color)
      .flatMap(({ data }) => data.values);
  return {
    band: of("rect", "var(--band)"),
    edges: of("rule", "var(--band-edge)"),
    rules: of("rule", "var(--muted)"),
    lines: of("rule", "var(--ink)"),
    points: of("point"),
  };
}

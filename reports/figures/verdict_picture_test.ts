import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  between,
  estimate,
  type Finding,
  under,
} from "../../data/statistics/estimate.ts";
import { LOSS_SCALE, RATIO_SCALE, VALUE_SCALE } from "../charts/scales.ts";
import { html } from "../html.ts";
import { shownParts } from "../pages/verdict_parts.ts";
import { exampleRegister } from "../testdata/register.ts";
import {
  pictureDomain,
  renderPicture,
  stackDots,
  type VerdictPicture,
} from "./verdict_picture.ts";

const band = between(0.5, 1.5);
const domain = { low: -0.5, high: 2 };

describe("pictureDomain", () => {
  it("holds band, interval, seeds and marks of all pictures, and no difference", () => {
    const { low, high } = pictureDomain([
      picture(estimated(0.9, 1.1)),
      picture({ kind: "missing" }, { marks: [{ kind: "truth", value: 1.8 }] }),
    ], RATIO_SCALE);
    assert.ok(low <= 0 && low > -1, `${low}`);
    assert.ok(high >= 1.8 && high < 3, `${high}`);
  });

  it("reaches no further than its scale, whatever is found", () => {
    const wild = picture(estimated(-30, 40));
    assert.deepEqual(pictureDomain([wild], RATIO_SCALE), {
      low: 1 - 2.5 - 0.15,
      high: 1 + 2.5 + 0.15,
    });
  });

  it("leaves out what is infinite or no number", () => {
    const open = { low: -0.01, high: Infinity, centre: NaN };
    const { low, high } = pictureDomain(
      [picture(estimated(0), { band: open })],
      LOSS_SCALE,
    );
    assert.ok(low < -0.01 && low > -0.1 && high >= 0 && high < 0.1);
  });

  it("shows no place that nobody asked about", () => {
    const list = between(-2.3, -1);
    const { high } = pictureDomain(
      [picture(estimated(-1.5, -1.6), { band: list })],
      VALUE_SCALE,
    );
    assert.ok(high < -0.5);
  });
});

describe("renderPicture", () => {
  it("draws the thin 95% interval, the thick 90% one, the mean and a point a seed", () => {
    const finding = estimated(0.8, 1, 1.2);
    const { interval90, interval95 } = finding.estimate;
    const { interval, thick, mean, seeds } = drawn(picture(finding));
    near(interval, [interval95.low, interval95.high]);
    near(thick, [interval90.low, interval90.high]);
    near(mean, [1]);
    near(seeds, [0.8, 1, 1.2]);
  });

  it("shades the band, and draws the end of one that has one end", () => {
    const both = drawn(picture(estimated(1, 1.1)));
    near(both.band, [0.5, 1.5]);
    near(both.edges, [0.5, 1.5]);
    const one = drawn(picture(estimated(1, 1.1), { band: under(0.5) }));
    near(one.band, [-0.5, 0.5]);
    near(one.edges, [0.5]);
  });

  it("ends in an arrowhead where an interval goes on", () => {
    const range = { low: 1.2, high: Infinity };
    const { interval, arrows } = drawn(
      picture({ kind: "range", n: 10, range, because: "open side" }),
    );
    near(interval, [1.2, 2]);
    assert.deepEqual(arrows, [[305.5, 19]]);
  });

  it("shows seeds beyond the picture as arrows at its end", () => {
    const { seeds, arrows } = drawn(picture(estimated(1, -3)));
    near(seeds, [1]);
    assert.ok(arrows.some(([x, y]) => x === -2.35 && y === 45));
  });

  it("draws one seed without an interval", () => {
    const { interval, thick, mean, seeds } = drawn(picture(estimated(1)));
    assert.deepEqual([interval, thick], [[], []]);
    near([...mean, ...seeds], [1, 1]);
  });

  it("marks the rule by a line, truth and prediction by a sign", () => {
    const marks = [
      { kind: "rule", value: 1 },
      { kind: "truth", value: 0.9 },
      { kind: "predicted", value: 0.7 },
      { kind: "predicted", value: 7 },
    ] as const;
    const { rules, truths, predicted } = drawn(
      picture(estimated(1, 1.2), { marks }),
    );
    near(rules, [1]);
    near(truths, [0.9]);
    near(predicted, [0.7]);
  });

  it("is not drawn where there is no number", () => {
    const none = [
      { kind: "missing" },
      { kind: "invalid", n: 10, because: "flat" },
    ] as const;
    for (const finding of none) {
      assert.equal(renderPicture(picture(finding), RATIO_SCALE, domain), null);
    }
  });

  for (const { claim, workloads } of exampleRegister().claims) {
    it(`draws every number of ${claim.id} at its size`, () => {
      const parts = workloads.flatMap((row) => shownParts({ claim }, row));
      for (const { scale, picture } of parts) {
        const domain = pictureDomain([picture], scale);
        const made = renderPicture(picture, scale, domain);
        if (made === null) continue;
        const source = html`${made}`.source;
        assert.match(source, /viewBox="-8 -1 318 73"/);
        assert.ok(!/NaN|undefined|Infinity| style=/.test(source), source);
      }
    });
  }
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

/** Places of the signs, in the numbers of the axis. */
function drawn(one: VerdictPicture) {
  const { source } = html`${renderPicture(one, RATIO_SCALE, domain)}`;
  const value = (x: string | undefined) =>
    domain.low + (domain.high - domain.low) * Number(x) / 302;
  const found = (pattern: RegExp) =>
    [...source.matchAll(pattern)].flatMap(([, ...xs]) => xs.map(value));
  return {
    band: found(/d="M([-.\d]+) 0H([-.\d]+)V52\S+ class="band"/g),
    edges: found(/d="M([-.\d]+) 0V52" class="edge"/g),
    rules: found(/d="M([-.\d]+) 0V52" class="rule"/g),
    interval: found(/d="M([-.\d]+) 19H([-.\d]+)" class="ink"/g),
    thick: found(/d="M([-.\d]+) 19H([-.\d]+)" class="ink thick"/g),
    mean: found(/cx="([-.\d]+)" cy="19" r="4.2"/g),
    seeds: found(/cx="([-.\d]+)" cy="[.\d]+" r="2.35"/g),
    predicted: found(/d="M([-.\d]+) 2.1l/g),
    truths: found(/d="M([-.\d]+) 10l/g),
    arrows: [...source.matchAll(/d="M([-.\d]+) ([.\d]+)l-?\d[.\d]* [.\d]+v/g)]
      .map(([, x, y]) => [Number(x), Number(y)]),
  };
}

function near(found: readonly number[], expected: readonly number[]): void {
  assert.equal(found.length, expected.length, `${found}`);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) < 1e-3, `${found}`)
  );
}

describe("stackDots", () => {
  const cases: readonly (readonly [string, readonly number[], number[]])[] = [
    ["leaves dots alone that do not touch", [3, 0, 1.5], [0, 0, 0]],
    ["puts dots that touch above one another", [0, 0.4, 0.8], [0, 1, 2]],
    ["counts in the order of places, not of seeds", [0.4, 0], [1, 0]],
    ["comes down where there is room again", [0, 0.5, 1.2], [0, 1, 0]],
    ["lets dots overlap where the levels are full", [0, 0, 0, 0], [0, 1, 2, 0]],
  ];
  for (const [what, values, levels] of cases) {
    it(what, () => {
      assert.deepEqual(stackDots(values, { gap: 1, levels: 3 }), levels);
    });
  }
});

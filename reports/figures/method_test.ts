import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { layersOf } from "../testdata/charts.ts";
import { contains } from "../../data/statistics/estimate.ts";
import {
  intervalSteps,
  methodExample,
  pairedSeeds,
  seedOptima,
} from "./method.ts";

const example = methodExample();
const { difference } = example;

const methods: Readonly<Record<string, TopLevelSpec>> = {
  seedOptima: seedOptima(example.seed),
  seedPairs: pairedSeeds(example),
  intervalSteps: intervalSteps(example),
};

describe("methodExample", () => {
  it("shows a valley and a cliff", () => {
    const [adamw, sing] = example.seed;
    assert.equal(adamw?.optimum.cliffLimited, false);
    assert.equal(adamw?.optimum.to, adamw?.positions.at(-1));
    assert.equal(sing?.optimum.cliffLimited, true);
    assert.ok(sing && sing.optimum.to < sing.positions.at(-1)!);
  });

  it("knows the truth, and its interval holds it", () => {
    assert.equal(example.truth, 1);
    assert.ok(contains(example.difference.interval90, example.truth));
    assert.ok(example.difference.allowance > 0.1, "with the cliff's part");
  });

  it("takes its differences from the best rates that it shows", () => {
    const { adamw, sing } = example.best;
    assert.deepEqual(
      sing.map((value, i) => value - adamw[i]!),
      example.difference.values,
    );
  });

  it("is the same at each call", () => {
    assert.deepEqual(methodExample(), example);
  });
});

describe("seedOptima", () => {
  const [rules, , kept, dropped] = valuesOf(methods["seedOptima"]!);

  it("takes the best rates where the statistics put them", () => {
    assert.deepEqual(rules!.map(({ label }) => label), [
      "AdamW 6.3e-4",
      "SING 7.5e-3",
    ]);
  });

  it("tells runs beyond a cliff from those that count", () => {
    const count = (rows: readonly Row[] | undefined, arm: string) =>
      rows!.filter(({ series }) => series === arm).length;
    assert.deepEqual(
      ["AdamW", "SING"].map((arm) => [count(kept, arm), count(dropped, arm)]),
      [[9, 0], [4, 5]],
    );
  });
});

describe("seedPairs", () => {
  it("joins the two best rates of each seed", () => {
    const [joined, points] = valuesOf(methods["seedPairs"]!);
    assert.equal(joined!.length, difference.n);
    assert.equal(points!.length, 2 * difference.n);
    const first = joined![0]!;
    assert.ok(
      Math.abs(Math.log10(first.to / first.rate) - difference.values[0]!) <
        1e-4,
    );
  });
});

describe("intervalSteps", () => {
  it("widens the seeds' own interval by the allowance on both sides", () => {
    const bars = valuesOf(methods["intervalSteps"]!).flat()
      .filter(({ level }) => level === "90%");
    const [bare, wide] = bars;
    assert.ok(bare && wide);
    assert.ok(Math.abs(bare.x - wide.x - difference.allowance) < 1e-4);
    assert.ok(Math.abs(wide.to - bare.to - difference.allowance) < 1e-4);
  });
});

// deno-lint-ignore no-explicit-any -- a spec is read by its parts
type Row = Record<string, any>;

function valuesOf(spec: TopLevelSpec): (readonly Row[])[] {
  return layersOf(spec).map(({ data }) => data.values);
}

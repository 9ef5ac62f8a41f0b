import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { between } from "../../data/statistics/estimate.ts";
import { intervalSteps, seedOptima, seedPairs } from "./method_charts.ts";
import { methodExample } from "./method_example.ts";
import { specComplaints } from "../testdata/spec_complaints.ts";
import { renderSvg } from "../charts/figure.ts";

const example = methodExample();
const { best, difference, truth } = example;

const methods: Readonly<Record<string, TopLevelSpec>> = {
  seedOptima: seedOptima(example.seed),
  seedPairs: seedPairs({
    arms: ["adamw", "sing"],
    values: [best.adamw, best.sing],
  }),
  intervalSteps: intervalSteps({ difference, truth, band: between(0.5, 1.5) }),
};

describe("every chart of the methods", () => {
  for (const [name, spec] of Object.entries(methods)) {
    it(`${name} is Vega-Lite by its schema, and drawn`, async () => {
      assert.deepEqual(specComplaints(spec), []);
      const svg = await renderSvg(spec, 330);
      assert.ok(!/NaN|undefined| style=/.test(svg));
    });
  }
});

describe("seedOptima", () => {
  const [rules, , kept, dropped] = layersOf(methods["seedOptima"]!);

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
    const [joined, points] = layersOf(methods["seedPairs"]!);
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
    const bars = layersOf(methods["intervalSteps"]!).flat()
      .filter(({ level }) => level === "90%");
    const [bare, wide] = bars;
    assert.ok(bare && wide);
    assert.ok(Math.abs(bare.x - wide.x - difference.allowance) < 1e-4);
    assert.ok(Math.abs(wide.to - bare.to - difference.allowance) < 1e-4);
  });
});

interface Row {
  readonly x: number;
  readonly rate: number;
  readonly to: number;
  readonly series: string;
  readonly label: string;
  readonly level: string;
}

function layersOf(spec: TopLevelSpec): Row[][] {
  assert.ok("layer" in spec);
  const layers: { data: { values: Row[] } }[] = JSON.parse(
    JSON.stringify(spec.layer),
  );
  return layers.map(({ data }) => data.values);
}

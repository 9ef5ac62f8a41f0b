import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TopLevelSpec } from "vega-lite";
import { bestRates } from "../figures/best_rates.ts";
import { lossByLearningRate } from "../figures/loss_by_learning_rate.ts";
import { curveOf, lossByStep } from "../figures/loss_by_step.ts";
import { exampleStudy, workloadFrom } from "../testdata/studies.ts";
import { compactSvg, renderDrawings } from "./figure.ts";

describe("the width of text", () => {
  const text = "thirty characters of some text"; // 234 pixels at 0.6 em of 13

  it("leaves whole what fits its limit, and cuts what does not", async () => {
    assert.match(await drawn({ limit: 240 }), /thirty characters of some text/);
    assert.match(await drawn({ limit: 120 }), /thirty char[a-z ]*…/);
  });

  it("reserves the room that text takes", async () => {
    const [, width] = /viewBox="0 0 (\d+) /.exec(await drawn({})) ?? [];
    assert.ok(Math.abs(Number(width) - 234) < 12, width);
  });

  function drawn(mark: { readonly limit?: number }): Promise<string> {
    const spec: TopLevelSpec = {
      data: { values: [{}] },
      mark: { type: "text", text, fontSize: 13, align: "left", ...mark },
      encoding: { x: { value: 0 }, y: { value: 10 } },
      config: { view: { stroke: null } },
      padding: 0,
    };
    return svgOf(spec, 10);
  }
});

const circle = 'd="M1,0A1,1,0,1,1,-1,0"';
const point = (x: number, look: string, shape = circle) =>
  `<path aria-hidden="true" transform="translate(${x},2)" ${shape} ${look}/>`;
const sing = 'fill="var(--sing)" stroke-width="2" opacity="0.5"';
const adamw = 'fill="var(--adamw)" stroke-width="2" opacity="0.5"';

const cases: readonly (readonly [string, string, string])[] = [
  [
    "keeps two decimals of a coordinate",
    '<path d="M1.2345,-0.006L10,1.50"/>',
    '<path d="M1.23,-0.01L10,1.50"/>',
  ],
  [
    "gathers points of one look, each with its own opacity",
    point(1, sing) + point(2, sing),
    `<g fill="var(--sing)" stroke-width="2">` +
    `<path transform="translate(1,2)" opacity="0.5" ${circle}/>` +
    `<path transform="translate(2,2)" opacity="0.5" ${circle}/></g>`,
  ],
  ["leaves one point as it is", point(1, sing), point(1, sing)],
  [
    "keeps looks and shapes apart, in their order",
    point(1, sing) + point(2, adamw) + point(3, adamw, 'd="M0,0"'),
    point(1, sing) + point(2, adamw) + point(3, adamw, 'd="M0,0"'),
  ],
  [
    "drops what cannot be seen",
    point(1, 'fill="red" opacity="0"') + point(2, sing),
    point(2, sing),
  ],
];

describe("compactSvg", () => {
  for (const [what, svg, expected] of cases) {
    it(what, () => assert.equal(compactSvg(svg), expected));
  }
});

/** Side by side: a width that no view could be told. */
const twins: TopLevelSpec = {
  hconcat: [1, 2].map((value) => ({
    data: { values: [{ value }] },
    mark: "point",
    encoding: { x: { field: "value", type: "quantitative" } },
  })),
};

describe("renderDrawings", () => {
  for (const [name, spec] of Object.entries({ ...charts(), twins })) {
    it(`draws ${name} at each width as if alone`, async () => {
      assert.ok(spec);
      const widths = [888, 330, 888];
      const together = await renderDrawings(spec, widths);
      for (const [index, width] of widths.entries()) {
        assert.equal(together[index]!.svg, await svgOf(spec, width));
      }
    });
  }

  it("draws what fits the width", async () => {
    const [wide, narrow] = (await renderDrawings(
      charts().lossByStep as TopLevelSpec,
      [888, 330],
    )).map(({ svg }) => Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]));
    assert.ok(wide! > narrow! + 500);
  });
});

async function svgOf(spec: TopLevelSpec, width: number): Promise<string> {
  const [drawing] = await renderDrawings(spec, [width]);
  return drawing!.svg;
}

function charts() {
  const example = exampleStudy({ seeds: 2 });
  const { series } = workloadFrom(example);
  const curves = series.flatMap((one) =>
    one.best ? [curveOf(one, one.best.learningRate, example.runs)] : []
  );
  return {
    bestRates: bestRates([{ workload: "ViT", series }]),
    lossByLearningRate: lossByLearningRate(series),
    lossByStep: lossByStep(curves),
  };
}

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { compactSvg } from "./figure.ts";

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

import * as vega from "vega";
import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import {
  type Content,
  Html,
  html,
  trusted,
  withoutInvisible,
} from "../html.ts";
import {
  chartFiles,
  placesOf,
  type Spot,
  spotsOf,
  takeAlong,
  twinTables,
} from "./take_along.ts";

/** Vega's table of how wide text is; its types leave it out. */
const { textMetrics } = vega as unknown as {
  textMetrics: {
    width(item: { fontSize?: number; limit?: number }, text: unknown): number;
  };
};

/** Of a character of a face without serifs, on average. */
const EM_WIDTH = 0.6;

// Drawings made without a browser reserve the room that their text takes: by Vega's own guess of
// 0.8 em a character they would cut what fits, and push plots aside.
textMetrics.width = ({ fontSize = 11, limit = 0 }, text) => {
  const width = EM_WIDTH * fontSize * String(text ?? "").length;
  return limit > 0 ? Math.min(width, limit) : width;
};

/**
 * Vega's SVG in half the characters, for a drawing that nobody points at: without points that cannot
 * be seen, with coordinates of at most two decimals, and with what points of one look have in common
 * on a group around them.
 */
export function compactSvg(svg: string): string {
  return withoutInvisible(svg).replaceAll(/<path [^>]* opacity="0"\/>/g, "")
    .replaceAll(/-?\d+\.\d{3,}/g, twoDecimals)
    .replaceAll(ALIKE, (points, shape: string, look: string) => {
      const opacity = /opacity="[^"]*"/.exec(look)?.[0] ?? "";
      const places = points.matchAll(/transform="([^"]*)"/g);
      return `<g ${look.replace(opacity, "").trim()}>${
        // Of all these attributes, opacity alone is not inherited.
        [...places].map(([place]) => `<path ${place} ${opacity} d="${shape}"/>`)
          .join("")}</g>`;
    });
}

/** Two or more paths, one after the other, that differ in nothing but their place. */
const ALIKE =
  /<path aria-hidden="true" transform="[^"]*" d="([^"]*)" ([^>]*)\/>(?:<path aria-hidden="true" transform="[^"]*" d="\1" \2\/>)+/g;

function twoDecimals(number: string): string {
  return String(Number(Number(number).toFixed(2)));
}

/** A drawing, and where in it something is told. */
interface Drawing {
  readonly svg: string;
  readonly spots: readonly Spot[];
}

/**
 * Draws a chart at several widths, as SVG that stands in a page: without a size of its own beyond its
 * view box, and as {@link compactSvg} makes it. A chart that differs in its width alone is not made
 * anew, but told its width.
 *
 * @throws Error where Vega-Lite or Vega refuses the spec.
 */
export async function renderDrawings(
  spec: TopLevelSpec,
  widths: readonly number[],
): Promise<Drawing[]> {
  const drawings: Drawing[] = [];
  let current: { readonly view: View; readonly rest: string } | undefined;
  try {
    for (const width of widths) {
      const { spec: vega } = compile({ ...spec, width } as TopLevelSpec);
      const { width: own, ...others } = vega;
      const rest = JSON.stringify(others);
      // Where the width is no number, a view could not be told another.
      if (typeof own === "number" && rest === current?.rest) {
        current.view.width(width);
      } else {
        current?.view.finalize();
        current = { view: viewOf(vega), rest };
      }
      const svg = await current.view.toSVG();
      const [, x = 0, y = 0] = ORIGIN.exec(svg) ?? [];
      const { root } = current.view.scenegraph() as unknown as {
        root: unknown;
      };
      const spots = spotsOf(root, [Number(x), Number(y)]);
      drawings.push({ svg: compactSvg(svg), spots });
    }
  } finally {
    current?.view.finalize();
  }
  return drawings;
}

/** Where Vega puts the plot's corner. */
const ORIGIN = /transform="translate\(([-\d.]+),([-\d.]+)\)"/;

function viewOf(vega: Spec): View {
  return new View(parse(vega, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
  });
}

/** A chart with all that a reader needs who sees it, hears it or prints it. */
export interface Figure {
  /** Unique in its page. */
  readonly id: string;
  readonly title: string;
  /** What the vertical axis measures, above it; absent where there is none. */
  readonly measure?: string;
  /** How to read it: what points, lines and bands stand for. */
  readonly reading: string;
  /** What is seen, in numbers. */
  readonly inNumbers: string;
  /** Null where there is nothing to draw. */
  readonly spec: TopLevelSpec | null;
  /** Why there is nothing to draw. */
  readonly absent?: string;
}

/** Widths of the drawings for pages and for phones, in pixels. */
const WIDTHS_PX = [888, 330];

/**
 * The figure's HTML, or why it is not there: two drawings, of which the style sheet shows the one that fits, what they show
 * in numbers and as a table, and links to its rows and pictures, which are files of the site. The
 * site's script reads tooltips from the table, by the places that the drawings name.
 */
export async function renderFigure(figure: Figure): Promise<Content> {
  const { id, title, measure, reading, inNumbers, spec, absent = "" } = figure;
  if (spec === null) return absentFigure(title, absent);
  const [wide, narrow] = await renderDrawings(spec, WIDTHS_PX);
  const { spots } = wide!;
  const drawing = (name: string, { svg, spots }: Drawing) =>
    html`<div class="drawing ${name}" data-spots="${placesOf(spots)}">${
      trusted(svg)
    }</div>`;
  const shown = html`<figure id="${id}">
<figcaption><h3>${title}</h3><p>${reading}</p></figcaption>
${measure && html`<p class="measure" aria-hidden="true">${measure}</p>`}
<div class="chart" role="img" aria-label="Chart: ${title}" aria-describedby="${id}-numbers">
${drawing("wide", wide!)}
${drawing("narrow", narrow!)}
</div>
<p class="in-numbers" id="${id}-numbers"><b>In numbers.</b> ${
    wholeNumbers(inNumbers)
  }</p>
<div class="beside">${
    spots.length > 0 &&
    html`<details class="twin"><summary>As a table</summary>${
      twinTables(spots, title)
    }</details>`
  }${takeAlong(figure)}</div>
</figure>`;
  const along = chartFiles({ ...figure, spec, svg: wide!.svg });
  return new Html(shown.source, along);
}

/** Keeps a line from ending within `1e-3`. */
function wholeNumbers(text: string): Content {
  return text.split(/([\d.]+e-\d+)/).map((part, index) =>
    index % 2 ? html`<span class="whole">${part}</span>` : part
  );
}

/** What stands in a figure's place where there is nothing to draw. */
export function absentFigure(title: string, why: string): Content {
  return html`
    <div class="absent">
      <h3>${title}</h3>
      <p>${why}</p>
    </div>
  `;
}

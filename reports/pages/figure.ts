import type { TopLevelSpec } from "vega-lite";
import { renderSvgs } from "../charts/render_svg.ts";
import { type Content, type Html, html, jsonBlock, trusted } from "../html.ts";

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
  readonly spec: TopLevelSpec;
}

/** Widths of the drawings for pages and for phones, in pixels. */
const widths = { wide: 888, narrow: 330 } as const;

/**
 * The figure's HTML: two drawings, of which the style sheet shows the one that fits, and the spec
 * from which the site's script makes a live one in their place.
 */
export async function renderFigure(figure: Figure): Promise<Html> {
  const { id, title, measure, reading, inNumbers, spec } = figure;
  const [wide = "", narrow = ""] = await renderSvgs(spec, [
    widths.wide,
    widths.narrow,
  ]);
  return html`<figure id="${id}">
<figcaption><h3>${title}</h3><p>${reading}</p></figcaption>
${measure && html`<p class="measure" aria-hidden="true">${measure}</p>`}
<div class="chart" role="img" aria-label="Chart: ${title}" aria-describedby="${id}-numbers" data-chart="${id}-spec">
<div class="drawing wide">${trusted(wide)}</div>
<div class="drawing narrow">${trusted(narrow)}</div>
</div>
${jsonBlock(`${id}-spec`, spec)}
<p class="in-numbers" id="${id}-numbers"><b>In numbers.</b> ${
    wholeNumbers(inNumbers)
  }</p>
</figure>`;
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

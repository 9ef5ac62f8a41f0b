import type { Interval } from "../../data/statistics/estimate.ts";
import { plot } from "../charts/picture_signs.ts";
import { renderSvg } from "../charts/render_svg.ts";
import type { VerdictPicture } from "../charts/picture_domain.ts";
import { verdictPicture } from "../charts/verdict_picture.ts";
import type { VerdictScale } from "../charts/verdict_scale.ts";
import { type Content, html, trusted } from "../html.ts";

/** A small static drawing beside the words that say the same; nothing where there is no number. */
export async function renderPicture(
  picture: VerdictPicture,
  scale: VerdictScale,
  domain: Interval,
): Promise<Content> {
  const spec = verdictPicture(picture, scale, domain);
  if (spec === null) return null;
  const key = JSON.stringify(spec);
  const drawing = drawings.get(key) ?? renderSvg(spec, plot.width);
  drawings.set(key, drawing);
  return html`<div class="picture" aria-hidden="true">${
    trusted(await drawing)
  }</div>`;
}

/** Most pictures stand on two pages, and one is drawn in tens of milliseconds. */
const drawings = new Map<string, Promise<string>>();

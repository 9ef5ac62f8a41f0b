import { type Content, html, trusted } from "../html.ts";

/** How to read the small pictures: each sign with what it stands for. */
export function pictureKey(): Content {
  return html`<ul class="picture-key">${
    signs.map(([drawing, words]) =>
      html`<li><svg viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">${
        trusted(drawing)
      }</svg>${words}</li>`
    )
  }</ul>`;
}

const signs = [
  [
    `<path d="M2 8h40" class="ink" stroke-width="1.5"/><path d="M10 8h24" class="ink" stroke-width="6"/><circle cx="22" cy="8" r="4.5" class="dot"/>`,
    "estimate, its 90% interval (thick) and 95% interval (thin)",
  ],
  [
    `<circle cx="14" cy="11" r="2.6" class="seed"/><circle cx="22" cy="11" r="2.6" class="seed"/><circle cx="22" cy="4.5" r="2.6" class="seed"/><circle cx="31" cy="11" r="2.6" class="seed"/>`,
    "seeds, one point each",
  ],
  [
    `<path d="M6 0h32v16h-32z" class="band"/><path d="M6 0v16M38 0v16" class="edge"/>`,
    "the band that the claim allows",
  ],
  [
    `<path d="M22 0v16" class="rule" stroke-dasharray="4 3"/>`,
    "what the claim names, such as 10×; no difference, where losses are compared",
  ],
  [
    `<path d="M22 3l5 5-5 5-5-5z" class="hollow"/>`,
    "what the mechanism predicts for the network",
  ],
  [
    `<path d="M4 8h34" class="ink" stroke-width="1.5"/><path d="M36 4l6 4-6 4z" class="seed"/>`,
    "goes on beyond the picture, or has no end",
  ],
] as const;

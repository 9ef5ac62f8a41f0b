import { type Content, html, trusted } from "../html.ts";

/** How to read the pictures of verdicts: each sign with what it stands for. */
export function pictureKey(): Content {
  return key([
    signs.interval,
    signs.seeds,
    signs.band,
    signs.rule,
    signs.predicted,
    signs.beyond,
  ]);
}

/** The same for the pictures of controls, which know the truth. */
export function controlKey(): Content {
  return key([
    signs.interval,
    signs.seeds,
    signs.truth,
    signs.band,
    signs.beyond,
  ]);
}

interface Sign {
  /** SVG in a box of 44 by 16. */
  readonly drawing: string;
  readonly words: string;
}

const signs = {
  interval: {
    drawing:
      `<path d="M2 8h40" class="ink" stroke-width="1.5"/><path d="M10 8h24" class="ink" stroke-width="6"/><circle cx="22" cy="8" r="4.5" class="dot"/>`,
    words: "estimate, its 90% interval (thick) and 95% interval (thin)",
  },
  seeds: {
    drawing:
      `<circle cx="14" cy="11" r="2.6" class="seed"/><circle cx="22" cy="11" r="2.6" class="seed"/><circle cx="22" cy="4.5" r="2.6" class="seed"/><circle cx="31" cy="11" r="2.6" class="seed"/>`,
    words: "seeds, one point each",
  },
  band: {
    drawing:
      `<path d="M6 0h32v16h-32z" class="band"/><path d="M6 0v16M38 0v16" class="edge"/>`,
    words: "the band that the claim allows, or the range that is expected",
  },
  rule: {
    drawing: `<path d="M22 0v16" class="rule" stroke-dasharray="4 3"/>`,
    words:
      "what the claim names, such as 10×; no difference, where losses are compared",
  },
  predicted: {
    drawing: `<path d="M22 3l5 5-5 5-5-5z" class="hollow"/>`,
    words: "what the mechanism predicts for the network",
  },
  truth: {
    drawing: `<path d="M17 4h10l-5 8z" class="seed"/>`,
    words: "the truth, or the one value that is expected",
  },
  beyond: {
    drawing:
      `<path d="M4 8h34" class="ink" stroke-width="1.5"/><path d="M36 4l6 4-6 4z" class="seed"/>`,
    words: "goes on beyond the picture, or has no end",
  },
} as const;

function key(all: readonly Sign[]): Content {
  return html`<ul class="picture-key">${
    all.map(({ drawing, words }) =>
      html`<li><svg viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">${
        trusted(drawing)
      }</svg>${words}</li>`
    )
  }</ul>`;
}

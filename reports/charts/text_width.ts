import * as vega from "vega";

interface TextItem {
  readonly fontSize?: number;
  readonly limit?: number;
}

/** Vega's table of how wide text is; its types leave it out. */
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: TextItem, text: unknown) => number };
};

/** Of a character of a face without serifs, on average. */
const emWidth = 0.6;

/**
 * Has drawings made without a browser reserve the room that their text takes: by Vega's own guess of
 * 0.8 em a character they would cut what fits, and push plots aside.
 */
export function reckonTextWidth(): void {
  textMetrics.width = ({ fontSize = 11, limit = 0 }, text) => {
    const width = emWidth * fontSize * String(text ?? "").length;
    return limit > 0 ? Math.min(width, limit) : width;
  };
}

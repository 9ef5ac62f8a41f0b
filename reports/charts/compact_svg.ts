/**
 * Vega's SVG in half the characters, for a drawing that nobody points at: without points that cannot
 * be seen, with coordinates of at most two decimals, and with what points of one look have in common
 * on a group around them.
 */
export function compactSvg(svg: string): string {
  return svg.replaceAll(/<path [^>]* opacity="0"\/>/g, "")
    .replaceAll(/-?\d+\.\d{3,}/g, twoDecimals)
    .replaceAll(alike, (points, shape: string, look: string) => {
      const opacity = /opacity="[^"]*"/.exec(look)?.[0] ?? "";
      const places = points.matchAll(/transform="([^"]*)"/g);
      return `<g ${look.replace(opacity, "").trim()}>${
        // Of all these attributes, opacity alone is not inherited.
        [...places].map(([place]) => `<path ${place} ${opacity} d="${shape}"/>`)
          .join("")}</g>`;
    });
}

/** Two or more paths, one after the other, that differ in nothing but their place. */
const alike =
  /<path aria-hidden="true" transform="[^"]*" d="([^"]*)" ([^>]*)\/>(?:<path aria-hidden="true" transform="[^"]*" d="\1" \2\/>)+/g;

function twoDecimals(number: string): string {
  return String(Number(Number(number).toFixed(2)));
}

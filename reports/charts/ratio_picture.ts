/** The picture of H1 in the README: an SVG by itself, for light and for dark. */
import type { Estimate, Interval } from "../../data/statistics/estimate.ts";

/** How many times AdamW's best learning rate SING's is, on one network of a study. */
export interface RatioRow {
  readonly name: string;
  /** Decades. */
  readonly estimate: Estimate;
  readonly band: Interval;
}

/** What it shows. */
export const RATIO_PICTURE = "SING's best learning rate, in times of AdamW's";

/** Pixels of the picture. */
const PLOT = { left: 235, right: 740, width: 780, top: 34, row: 34 };

/** Decades on its axis. */
const AXIS = { low: -0.25, high: 2 };

/** Intervals, and the seeds below them, on a logarithmic axis with the band that the rule must hit. */
export function ratioPicture(rows: readonly RatioRow[]): string {
  const bottom = PLOT.top + PLOT.row * rows.length;
  const share = (decades: number) =>
    Math.min(1, Math.max(0, (decades - AXIS.low) / (AXIS.high - AXIS.low)));
  const x = (decades: number) =>
    (PLOT.left + share(decades) * (PLOT.right - PLOT.left)).toFixed(1);
  const { low, high } = rows[0]!.band;
  const [ten, ...ticks] = [10, 1, 3, 30, 100];
  const line = (at: number, kind: string) =>
    `<path class="${kind}" d="M${x(Math.log10(at))} ${PLOT.top}V${bottom}"/>`;
  const label = (at: number) =>
    `<text x="${x(Math.log10(at))}" y="${
      bottom + 18
    }" text-anchor="middle">${at}</text>`;
  const drawn = rows.map(({ name, estimate }, i) => {
    const y = PLOT.top + PLOT.row * i + 13;
    const { low, high } = estimate.interval90;
    const seeds = estimate.values.map((value) =>
      `<circle class="seed" cx="${x(value)}" cy="${y + 11}" r="2.5"/>`
    ).join("");
    const said = `${
      Number((10 ** estimate.mean).toPrecision(2))
    } times, ${estimate.n} seeds`;
    return `<g><title>${name}: ${said}</title>` +
      `<text x="${PLOT.left - 12}" y="${
        y + 4
      }" text-anchor="end">${name}</text>` +
      `<path class="ink" d="M${x(low)} ${y}H${x(high)}"/>` +
      `<circle class="dot" cx="${
        x(estimate.mean)
      }" cy="${y}" r="5"/>${seeds}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT.width} ${
    bottom + 48
  }" role="img" aria-label="${RATIO_PICTURE}">
<style>
text{font:13px system-ui,sans-serif;fill:#333}
.band{fill:#dde6f2}.tick{stroke:#ccc}.rule{stroke:#333;stroke-dasharray:4 3}
.ink{stroke:#1f5fa8;stroke-width:3}.dot{fill:#1f5fa8}.seed{fill:#8aa9cc}
@media(prefers-color-scheme:dark){text{fill:#ddd}.band{fill:#26374d}.tick{stroke:#555}
.rule{stroke:#ddd}.ink{stroke:#7fb2ee}.dot{fill:#7fb2ee}.seed{fill:#5b7ba3}}
</style>
<rect class="band" x="${x(low)}" y="${PLOT.top}" width="${
    (Number(x(high)) - Number(x(low))).toFixed(1)
  }" height="${bottom - PLOT.top}"/>
${ticks.map((at) => line(at, "tick") + label(at)).join("\n")}
${line(ten!, "rule")}${label(ten!)}
<text x="${x(1)}" y="22" text-anchor="middle">the rule: 10 times</text>
${drawn.join("\n")}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${
    bottom + 40
  }" text-anchor="middle">${RATIO_PICTURE}; shaded: supports the rule; small: seeds</text>
</svg>
`;
}

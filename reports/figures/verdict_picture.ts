/**
 * One number of a verdict as a small drawing: its interval against the band, the seeds below it, and
 * the values that it is compared with. The key explains the same signs.
 */
import type {
  Band,
  Finding,
  Interval,
} from "../../data/statistics/estimate.ts";
import type { VerdictScale } from "../charts/scales.ts";
import { compact, type Content, type Html, html, trusted } from "../html.ts";

/** What a verdict's picture shows, and how wide an axis it needs. */
export interface VerdictPicture {
  readonly finding: Finding;
  /** What the number is judged against; null where it is not. */
  readonly band: Band | null;
  readonly marks: readonly Mark[];
  /** Where the next value would lie; drawn as a dotted line. */
  readonly prediction?: Interval;
}

/**
 * The range of an axis that suits all these pictures: all of their bands, intervals, seeds and marks,
 * as far as the scale reaches.
 */
export function pictureDomain(
  pictures: readonly VerdictPicture[],
  { reach, margin, origin }: VerdictScale,
): Interval {
  const values = [...pictures.flatMap(drawnValues), origin ?? NaN]
    .filter(Number.isFinite);
  const centres = pictures.map(({ band }) => band?.centre ?? NaN);
  const middle = centres.find(Number.isFinite) ?? 0;
  const limit = (value: number) =>
    Math.min(Math.max(value, middle - reach), middle + reach);
  return {
    low: limit(Math.min(...values, middle)) - margin,
    high: limit(Math.max(...values, middle)) + margin,
  };
}

function drawnValues(
  { finding, band, marks, prediction }: VerdictPicture,
): number[] {
  const found = finding.kind === "estimate"
    ? [...finding.estimate.values, ...ends(finding.estimate.interval95)]
    : finding.kind === "range"
    ? ends(finding.range)
    : [];
  return [
    ...found,
    ...band ? ends(band) : [],
    ...prediction ? ends(prediction) : [],
    ...marks.map(({ value }) => value),
  ];
}

function ends({ low, high }: Interval): number[] {
  return [low, high];
}

/**
 * Levels, from 0 up, for dots on one line: a dot that would touch one before it stands above that
 * one, as high as `levels` allow; then they overlap.
 *
 * @param gap Distance of two dots on the line from which on they do not touch.
 */
export function stackDots(
  values: readonly number[],
  { gap, levels }: { readonly gap: number; readonly levels: number },
): number[] {
  const ends = new Array<number>(levels).fill(-Infinity);
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const stacked = new Array<number>(values.length).fill(0);
  for (const i of order) {
    const free = ends.findIndex((end) => values[i]! - end >= gap);
    const level = free < 0 ? ends.indexOf(Math.min(...ends)) : free;
    stacked[i] = level;
    ends[level] = values[i]!;
  }
  return stacked;
}

/** A value that the number is compared with. */
export interface Mark {
  /** `rule`: what the claim names. `predicted`: by the mechanism. `truth`: as planted. */
  readonly kind: "rule" | "predicted" | "truth";
  readonly value: number;
}

/** Size of a picture's plot in pixels; it fits a phone as it is. */
const PLOT = { width: 302, height: 52, left: 8, top: 1, bottom: 20 };

/** Heights within it, in pixels from its top. */
const ROWS = { mark: 6, interval: 19, prediction: 28, seeds: 45 };

/** Distance of two seeds' dots, and how many stand above one another. */
const DOT = { pitch: 6.5, levels: 3 };

/** The signs of which pictures and their key are made, in pixels. */
const SIGNS = {
  band: (from: number, to: number, height: number) =>
    path(`M${px(from)} 0H${px(to)}V${height}H${px(from)}Z`, "band"),
  edge: (x: number, height: number) => path(`M${px(x)} 0V${height}`, "edge"),
  rule: (x: number, height: number) => path(`M${px(x)} 0V${height}`, "rule"),
  interval90: (from: number, to: number, y: number) =>
    path(`M${px(from)} ${y}H${px(to)}`, "ink thick"),
  interval95: (from: number, to: number, y: number) =>
    path(`M${px(from)} ${y}H${px(to)}`, "ink"),
  next: (from: number, to: number, y: number) =>
    path(`M${px(from)} ${y}H${px(to)}`, "ink dotted"),
  mean: (x: number, y: number) => circle(x, y, 4.2, "dot"),
  seed: (x: number, y: number) => circle(x, y, 2.35, "seed"),
  seedBelow: (x: number, y: number) => triangle(x, y, -2.35, "seed"),
  seedAbove: (x: number, y: number) => triangle(x, y, 2.35, "seed"),
  below: (x: number, y: number) => triangle(x, y, -3.5, "seed"),
  above: (x: number, y: number) => triangle(x, y, 3.5, "seed"),
  predicted: (x: number, y: number) =>
    path(`M${px(x)} ${y - 3.9}l3.9 3.9-3.9 3.9-3.9-3.9z`, "hollow"),
  truth: (x: number, y: number) => path(`M${px(x)} ${y + 4}l-4.5-8h9z`, "seed"),
};

function path(d: string, sign: string): string {
  return `<path d="${d}" class="${sign}"/>`;
}

function circle(x: number, y: number, r: number, sign: string): string {
  return `<circle cx="${px(x)}" cy="${y}" r="${r}" class="${sign}"/>`;
}

/** Points to the right, or with a negative size to the left. */
function triangle(x: number, y: number, size: number, sign: string): string {
  const half = Math.abs(size);
  return path(`M${px(x + size)} ${y}l${-2 * size} ${half}v${-2 * half}z`, sign);
}

function px(value: number): number {
  return Number(value.toFixed(2));
}

/** A small drawing beside the words that say the same; nothing where there is no number. */
export function renderPicture(
  picture: VerdictPicture,
  scale: VerdictScale,
  domain: Interval,
): Content {
  const { finding, band, marks, prediction } = picture;
  if (finding.kind === "invalid" || finding.kind === "missing") return null;
  const perUnit = PLOT.width / (domain.high - domain.low);
  const place = (value: number) =>
    perUnit *
    (Math.min(Math.max(value, domain.low), domain.high) - domain.low);
  const isIn = (value: number) => domain.low <= value && value <= domain.high;
  const { height } = PLOT;
  const seen = marks.filter(({ value }) => isIn(value));
  const [rules, others] = [true, false].map((isRule) =>
    seen.filter(({ kind }) => (kind === "rule") === isRule)
  );
  const drawn = compact([
    axis(scale, domain, place),
    band && SIGNS.band(place(band.low), place(band.high), height),
    ...[band?.low ?? NaN, band?.high ?? NaN].filter(isIn)
      .map((edge) => SIGNS.edge(place(edge), height)),
    ...rules!.map(({ value }) => SIGNS.rule(place(value), height)),
    ...findingSigns(finding, domain, place),
    prediction && SIGNS.next(
      place(prediction.low),
      place(prediction.high),
      ROWS.prediction,
    ),
    ...others!.map(({ kind, value }) => SIGNS[kind](place(value), ROWS.mark)),
  ]);
  const [width, tall] = [
    PLOT.width + 2 * PLOT.left,
    PLOT.height + PLOT.top + PLOT.bottom,
  ];
  return html`
    <div class="picture" aria-hidden="true">
      <svg viewBox="${-PLOT
        .left} ${-PLOT.top} ${width} ${tall}"
        width="${width}" height="${tall}">${trusted(drawn.join(""))}</svg>
    </div>
  `;
}

type ToPixel = (value: number) => number;

function axis(
  scale: VerdictScale,
  { low, high }: Interval,
  place: ToPixel,
): string {
  const y = PLOT.height + 0.5;
  const ticks = scale.ticks(low, high).map((tick) => {
    const x = px(place(tick));
    return path(`M${x} ${y}v4`, "axis") +
      `<text x="${x}" y="${y + 16}">${scale.mark(tick)}</text>`;
  });
  return path(`M0 ${y}H${PLOT.width}`, "axis") + ticks.join("");
}

/** Its 95% interval and, thicker, its 90% interval, its mean and its seeds; or its range. */
function findingSigns(
  finding: Finding,
  domain: Interval,
  place: ToPixel,
): string[] {
  const y = ROWS.interval;
  const whole = ({ low, high }: Interval) => [
    SIGNS.interval95(place(low), place(high), y),
    low < domain.low ? SIGNS.below(0, y) : "",
    high > domain.high ? SIGNS.above(PLOT.width, y) : "",
  ];
  if (finding.kind === "range") return whole(finding.range);
  if (finding.kind !== "estimate") return [];
  const { n, mean, values, interval90, interval95 } = finding.estimate;
  const [from, to] = [place(interval90.low), place(interval90.high)];
  return [
    // one seed has no interval
    ...n < 2 ? [] : [...whole(interval95), SIGNS.interval90(from, to, y)],
    mean < domain.low || mean > domain.high ? "" : SIGNS.mean(place(mean), y),
    ...seedSigns(values, domain, place),
  ];
}

function seedSigns(
  values: readonly number[],
  domain: Interval,
  place: ToPixel,
): string[] {
  const gap = DOT.pitch / PLOT.width * (domain.high - domain.low);
  const levels = stackDots(values, { gap, levels: DOT.levels });
  return values.map((value, i) => {
    const sign = value < domain.low
      ? SIGNS.seedBelow
      : value > domain.high
      ? SIGNS.seedAbove
      : SIGNS.seed;
    return sign(place(value), ROWS.seeds - DOT.pitch * levels[i]!);
  });
}

/** How to read the pictures of verdicts: each sign with what it stands for. */
export function pictureKey(): Content {
  return key(["interval", "seeds", "band", "rule", "predicted", "beyond"]);
}

/** The same for the pictures of controls, which know the truth. */
export function controlKey(): Content {
  return key(["interval", "seeds", "truth", "band", "beyond"]);
}

/** Each in a box of 44 by 16, with what it stands for. */
const EXPLAINED = {
  interval: [
    SIGNS.interval95(2, 42, 8) + SIGNS.interval90(10, 34, 8) +
    SIGNS.mean(22, 8),
    "estimate, its 90% interval (thick) and 95% interval (thin)",
  ],
  seeds: [
    SIGNS.seed(14, 11) + SIGNS.seed(22, 11) + SIGNS.seed(22, 4.5) +
    SIGNS.seed(31, 11),
    "seeds, one point each",
  ],
  band: [
    SIGNS.band(6, 38, 16) + SIGNS.edge(6, 16) + SIGNS.edge(38, 16),
    "the band that the claim allows, or the range that is expected",
  ],
  rule: [
    SIGNS.rule(22, 16),
    "what the claim names, such as 10×; no difference, where losses are compared",
  ],
  predicted: [
    SIGNS.predicted(22, 8),
    "what the mechanism predicts for the network",
  ],
  truth: [
    SIGNS.truth(22, 8),
    "the truth, or the one value that is expected",
  ],
  beyond: [
    SIGNS.interval95(4, 38, 8) + SIGNS.above(39, 8),
    "goes on beyond the picture, or has no end",
  ],
} as const;

function key(names: readonly (keyof typeof EXPLAINED)[]): Html {
  return html`<ul class="picture-key">${
    names.map((name) => {
      const [drawing, words] = EXPLAINED[name];
      return html`<li><svg viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">${
        trusted(drawing)
      }</svg>${words}</li>`;
    })
  }</ul>`;
}

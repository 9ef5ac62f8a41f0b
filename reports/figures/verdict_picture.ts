/**
 * One number of a verdict as a small drawing: its interval against the band, the seeds below it, and
 * the values that it is compared with.
 */
import type { TopLevelSpec } from "vega-lite";
import type {
  Band,
  Finding,
  Interval,
} from "../../data/statistics/estimate.ts";
import { renderSvg } from "../charts/figure.ts";
import type { VerdictScale } from "../charts/scales.ts";
import { chart, rounded } from "../charts/theme.ts";
import { type Content, html, trusted } from "../html.ts";

const margin = 8;

/** The drawing, or null where no number was found. */
export function verdictPicture(
  { finding, band, marks, prediction }: VerdictPicture,
  scale: VerdictScale,
  domain: Interval,
): TopLevelSpec | null {
  if (finding.kind === "invalid" || finding.kind === "missing") return null;
  const x = axis(scale, domain);
  const next = prediction ? [predictionLine(prediction, domain)] : [];
  return chart({
    width: plot.width,
    height: plot.height,
    // Pictures above one another must agree on where a value lies, whatever their labels need.
    autosize: { type: "none" },
    padding: { left: margin, right: margin, top: 1, bottom: 20 },
    layer: [
      ...band ? bandLayers(band, x, domain) : [],
      ruleLayer(marks, x, domain),
      lineLayer(findingLines(finding, domain), x, [1, 0]),
      lineLayer(next, x, [2, 3]),
      pointLayer([
        ...findingPoints(finding, domain),
        ...markPoints(marks, domain),
      ], x),
    ].filter(hasRows),
  });
}

type Encodings = Readonly<Record<string, unknown>>;

interface Layer {
  readonly data: { readonly values: readonly unknown[] };
  readonly mark: unknown;
  readonly encoding: Encodings;
}

function hasRows({ data }: Layer): boolean {
  return data.values.length > 0;
}

function axis(scale: VerdictScale, { low, high }: Interval): Encodings {
  return {
    field: "x",
    type: "quantitative",
    title: null,
    scale: {
      domain: [rounded(low), rounded(high)],
      nice: false,
      zero: false,
    },
    axis: {
      values: scale.ticks(low, high).map(rounded),
      labelExpr: scale.labels,
      labelFontSize: 11,
      labelPadding: 3,
      tickSize: 4,
      grid: false,
    },
  };
}

function bandLayers(band: Interval, x: Encodings, domain: Interval): Layer[] {
  const place = { x: clamp(band.low, domain), to: clamp(band.high, domain) };
  const edges = [band.low, band.high].filter((edge) => isIn(domain, edge));
  return [
    {
      data: { values: [place] },
      mark: { type: "rect", color: "var(--band)" },
      encoding: {
        x,
        x2: { field: "to" },
        y: { value: 0 },
        y2: { value: plot.height },
      },
    },
    {
      data: { values: edges.map((edge) => ({ x: rounded(edge) })) },
      mark: { type: "rule", color: "var(--band-edge)" },
      encoding: { x },
    },
  ];
}

function ruleLayer(
  marks: readonly Mark[],
  x: Encodings,
  domain: Interval,
): Layer {
  const values = marks.filter(({ kind, value }) =>
    kind === "rule" && isIn(domain, value)
  ).map(({ value }) => ({ x: rounded(value) }));
  return {
    data: { values },
    mark: { type: "rule", color: "var(--muted)", strokeDash: [4, 3] },
    encoding: { x },
  };
}

function lineLayer(
  values: readonly unknown[],
  x: Encodings,
  strokeDash: readonly number[],
): Layer {
  return {
    data: { values },
    mark: { type: "rule", color: "var(--ink)", strokeDash },
    encoding: {
      x,
      x2: { field: "to" },
      y: asItIs("y", "quantitative"),
      strokeWidth: asItIs("width", "quantitative"),
    },
  };
}

function pointLayer(values: readonly unknown[], x: Encodings): Layer {
  return {
    data: { values },
    mark: { type: "point", opacity: 1, strokeWidth: 1.5 },
    encoding: {
      x,
      y: asItIs("y", "quantitative"),
      shape: asItIs("shape", "nominal"),
      size: asItIs("size", "quantitative"),
      fill: asItIs("fill", "nominal"),
      stroke: asItIs("stroke", "nominal"),
    },
  };
}

/** What the field holds is what is drawn. */
function asItIs(field: string, type: "nominal" | "quantitative"): unknown {
  return field === "y"
    ? { field, type, scale: null, axis: null }
    : { field, type, scale: null, legend: null };
}

/** The signs of a verdict's picture, each placed in a plane of numbers across and pixels down. */

/** A value that the number is compared with. */
export interface Mark {
  /** `rule`: what the claim names. `predicted`: by the mechanism. `truth`: as planted. */
  readonly kind: "rule" | "predicted" | "truth";
  readonly value: number;
}

/** A horizontal line. */
export interface Line {
  readonly x: number;
  readonly to: number;
  readonly y: number;
  readonly width: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly shape: string;
  readonly size: number;
  readonly fill: string;
  readonly stroke: string;
}

/** Size of a picture's plot in pixels; it fits a phone as it is. */
export const plot = { width: 302, height: 52 };

/** Heights within it, in pixels from its top. */
const rows = { mark: 6, interval: 19, prediction: 28, seeds: 45 };
const dot = { size: 22, pitch: 6.5, levels: 3 };
const ink = "var(--ink)";
const paper = "var(--paper)";

/** The lines of a finding: its 95% interval and, thicker, its 90% interval; or its range. */
export function findingLines(finding: Finding, domain: Interval): Line[] {
  if (finding.kind === "range") return [line(finding.range, domain, 1.5)];
  if (finding.kind !== "estimate") return [];
  const { n, interval90, interval95 } = finding.estimate;
  if (n < 2) return []; // one seed has no interval
  return [line(interval95, domain, 1.5), line(interval90, domain, 6)];
}

/** Where the next value would lie. */
export function predictionLine(prediction: Interval, domain: Interval): Line {
  return { ...line(prediction, domain, 1.5), y: rows.prediction };
}

/** The points of a finding: its seeds, its mean, and arrowheads where it goes on beyond. */
export function findingPoints(finding: Finding, domain: Interval): Point[] {
  if (finding.kind === "range") return arrows(finding.range, domain);
  if (finding.kind !== "estimate") return [];
  const { n, mean, values, interval95 } = finding.estimate;
  return [
    ...n < 2 ? [] : arrows(interval95, domain),
    ...isIn(domain, mean) ? [meanPoint(mean)] : [],
    ...seedPoints(values, domain),
  ];
}

/** The marks that are points. */
export function markPoints(marks: readonly Mark[], domain: Interval): Point[] {
  return marks.flatMap(({ kind, value }) => {
    if (kind === "rule" || !isIn(domain, value)) return [];
    const place = { x: rounded(value), y: rows.mark, size: 60, stroke: ink };
    return kind === "truth"
      ? [{ ...place, shape: "triangle-down", fill: ink }]
      : [{ ...place, shape: "diamond", fill: paper }];
  });
}

export function isIn({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}

/** The value, or the end of the domain that it lies beyond. */
export function clamp(value: number, { low, high }: Interval): number {
  return rounded(Math.min(Math.max(value, low), high));
}

function line({ low, high }: Interval, domain: Interval, width: number): Line {
  const [x, to] = [clamp(low, domain), clamp(high, domain)];
  return { x, to, y: rows.interval, width };
}

function meanPoint(mean: number): Point {
  const [x, y] = [rounded(mean), rows.interval];
  return { x, y, shape: "circle", size: 70, fill: ink, stroke: paper };
}

function arrows({ low, high }: Interval, domain: Interval): Point[] {
  const place = { y: rows.interval, size: 50, fill: ink, stroke: "none" };
  return [
    ...low < domain.low
      ? [{ ...place, x: rounded(domain.low), shape: "triangle-left" }]
      : [],
    ...high > domain.high
      ? [{ ...place, x: rounded(domain.high), shape: "triangle-right" }]
      : [],
  ];
}

function seedPoints(values: readonly number[], domain: Interval): Point[] {
  const gap = dot.pitch / plot.width * (domain.high - domain.low);
  const levels = stackDots(values, { gap, levels: dot.levels });
  return values.map((value, i) => ({
    x: clamp(value, domain),
    y: rows.seeds - dot.pitch * levels[i]!,
    shape: value < domain.low
      ? "triangle-left"
      : value > domain.high
      ? "triangle-right"
      : "circle",
    size: dot.size,
    fill: "var(--dot)",
    stroke: "none",
  }));
}

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

/** The signs of a verdict's picture, each placed in a plane of numbers across and pixels down. */
import type { Interval } from "../../data/statistics/estimate.ts";
import type { Finding } from "../../data/statistics/finding.ts";
import { stackDots } from "./stack_dots.ts";
import { rounded } from "./theme.ts";

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

/** What a verdict's picture shows, and how wide an axis it needs. */
import type { Band } from "../../data/statistics/band.ts";
import type { Interval } from "../../data/statistics/estimate.ts";
import type { Finding } from "../../data/statistics/finding.ts";
import type { Mark } from "./picture_signs.ts";
import type { VerdictScale } from "./verdict_scale.ts";

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

import jstat from "jstat";
import { median } from "../../data/statistics/sample.ts";

/** Repeats of one measurement, and what is said of them. */
export interface Sample {
  /** In the order of the rounds. */
  readonly values: readonly number[];
  readonly median: number;
  readonly quartiles: readonly [lower: number, upper: number];
  readonly range: readonly [lowest: number, highest: number];
}

/** Describes repeats; quartiles are interpolated between the values that are next to them. */
export function sampleOf(values: readonly number[]): Sample {
  if (values.length === 0) {
    throw new RangeError(
      "Cannot describe repeats as there must be at least one: current value is 0",
    );
  }
  return {
    values,
    median: median(values),
    quartiles: quartilesOf(values),
    range: [Math.min(...values), Math.max(...values)],
  };
}

/**
 * Ratios within each round, whose measurements were made next to each other: what slows the whole
 * machine for a while drops out.
 */
export function ratioOf(numerator: Sample, denominator: Sample): Sample {
  if (numerator.values.length !== denominator.values.length) {
    throw new RangeError(
      `Cannot pair repeats as both must have equally many: current values are ` +
        `${numerator.values.length} and ${denominator.values.length}`,
    );
  }
  return sampleOf(
    numerator.values.map((value, round) => value / denominator.values[round]!),
  );
}

function quartilesOf(values: readonly number[]): [number, number] {
  const [only] = values;
  // jStat has no quantiles of a single value.
  if (values.length === 1) return [only!, only!];
  return jstat.jStat.quantiles([...values], [0.25, 0.75], 1, 1);
}

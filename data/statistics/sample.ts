/** Descriptions of a sample of numbers, typed faces of jStat's. */
import jstat from "jstat";

/** Arithmetic mean; NaN for no values. */
export function mean(values: readonly number[]): number {
  return jstat.jStat.mean(values);
}

/** Sample standard deviation (n - 1 in the denominator); NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  return values.length < 2 ? NaN : jstat.jStat.stdev(values, true);
}

/** Middle value, or the mean of the two middle ones; NaN for no values and for a NaN among them. */
export function median(values: readonly number[]): number {
  // jStat would sort a NaN somewhere.
  if (values.length === 0 || values.some(Number.isNaN)) return NaN;
  return jstat.jStat.median(values);
}

/**
 * Spearman's rank correlation of pairs, equal values sharing their mean rank; NaN if one of the
 * two is constant or holds a NaN.
 */
export function rankCorrelation(
  first: readonly number[],
  second: readonly number[],
): number {
  if (first.some(Number.isNaN) || second.some(Number.isNaN)) return NaN;
  return jstat.jStat.spearmancoeff(first, second);
}

import { mean } from "../data/statistics/sample.ts";

/** The mean on a logarithmic axis, of at least one number above 0. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

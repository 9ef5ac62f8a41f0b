/** H4: whether a list of values to search holds what is needed, by the project's procedure. */
import { between } from "./band.ts";
import { optimumOf } from "./difference.ts";
import { lowest, type Response } from "./response.ts";
import { mean } from "./sample.ts";
import type { Score } from "./score.ts";
import { judge, type Verdict } from "./verdict.ts";

/**
 * SUPPORTED if the 90% interval of the arm's best value lies between the smallest and the largest
 * of the list. The other half of H4, the loss at the best listed value, is `notWorse`.
 */
export function insideRange(
  arm: Response | null,
  list: readonly number[],
): Verdict {
  const places = list.map((value) => Math.log10(value));
  const range = between(Math.min(...places), Math.max(...places));
  return judge(optimumOf(arm), range);
}

/**
 * Index of the listed point with the lowest mean y over its tune seeds; null if there is none, or
 * one was not run.
 */
export function bestListed(
  points: readonly (readonly Score[])[],
): number | null {
  if (points.length === 0 || points.some((it) => it.length === 0)) return null;
  return lowest(points.map((scores) => mean(scores.map((score) => score.y))));
}

import type { Breaking } from "../breaking.ts";
import { geometricMean } from "../geometric_mean.ts";
import {
  formatCount,
  formatList,
  formatRate,
  formatRatio,
} from "../numbers.ts";
import { armLabel } from "./arm_style.ts";

/** What the chart of broken rates shows, in words and numbers, where a run has learned at all. */
export function describeBrokenRate(breaking: Breaking): string {
  const { arm, rates } = breaking;
  const broken = rates.filter((rate) => rate.broken > 0).map((rate) =>
    `${rate.broken} of ${rate.n} at ${formatRate(rate.learningRate)}`
  );
  const share = broken.length > 0
    ? `seeds that broke: ${formatList(broken)}`
    : "no seed broke at any rate tried";
  return `${armLabel(arm)}: ${share}. ${edgesInWords(breaking)}`;
}

function edgesInWords({ best, edges, rates }: Breaking): string {
  const found = edges.flatMap((edge) => edge ?? []);
  const mean = geometricMean(best);
  const without = edges.length - found.length;
  const top = Math.max(...rates.map(({ learningRate }) => learningRate));
  const unbroken = without > 0
    ? ` ${formatCount(without, "seed")} never broke, up to ${formatRate(top)}.`
    : "";
  const middle = `The mean best learning rate is ${formatRate(mean)}`;
  if (found.length === 0) return `${middle}.${unbroken}`;
  const edge = geometricMean(found);
  const all = without === 0
    ? `the mean edge ${formatRate(edge)}, ${formatRatio(edge / mean)} that`
    : `the mean edge of those that broke ${formatRate(edge)}`;
  return `${middle}, ${all}.${unbroken}`;
}

import type { ScoreComparison } from "../comparisons.ts";
import { formatCount } from "../numbers.ts";
import { lossScale } from "./verdict_scale.ts";

/** What the chart of score differences shows, in words and per cent of the loss. */
export function describeScoreComparison(
  comparisons: readonly ScoreComparison[],
): string {
  return comparisons.map((one) =>
    `${sentenceCase(one.name)}: ${found(one)}${diverged(one)}.`
  ).join(" ");
}

function found({ pairs, planned, estimate }: ScoreComparison): string {
  if (planned === 0) return "no run is planned yet";
  if (!estimate) {
    return `${pairs.length} of ${planned} pairs of runs ${
      pairs.length === 1 ? "is" : "are"
    } there; a mean waits for all`;
  }
  const { mean, interval90: { low, high }, n } = estimate;
  const change = `${lossScale.format(mean)} loss`;
  return n === 1
    ? `${change} for one seed, which has no interval`
    : `${change}, 90% interval ${lossScale.format(low)} to ${
      lossScale.format(high)
    }, ${formatCount(n, "seed")}`;
}

function diverged({ pairs }: ScoreComparison): string {
  const count = (which: "candidate" | "reference") =>
    pairs.filter((pair) => pair[which].diverged).length;
  const said = [
    [count("candidate"), "first"] as const,
    [count("reference"), "second"] as const,
  ].flatMap(([runs, place]) =>
    runs > 0 ? [`; of the ${place}, ${runs} diverged`] : []
  );
  return said.join("");
}

function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The numbers of verdicts in words. */
import type { Interval } from "../data/statistics/estimate.ts";
import type { Finding } from "../data/statistics/finding.ts";
import type { Judgement } from "../data/statistics/verdict.ts";
import type { VerdictScale } from "./charts/verdict_scale.ts";

export interface FindingWords {
  /** The number itself, or what there is of it. */
  readonly headline: string;
  /** Its uncertainty, or why there is no number, a line each. */
  readonly details: readonly string[];
}

/** What the runs say about a number, as a headline and what belongs to it. */
export function describeFinding(
  finding: Finding,
  scale: VerdictScale,
): FindingWords {
  switch (finding.kind) {
    case "estimate":
      return {
        headline: scale.format(finding.estimate.mean),
        details: finding.estimate.n < 2
          ? ["one seed, which gives no interval"]
          : intervalWords(finding.estimate, scale),
      };
    case "range":
      return {
        headline: formatInterval(finding.range, scale),
        details: [
          finding.because === "no edge"
            ? "no interval: a seed did not break at any rate that was run"
            : "no interval: a best value lies beyond the values that were run",
        ],
      };
    case "invalid":
      return {
        headline: "no number",
        details: [
          finding.because === "flat"
            ? "the loss hardly changes over the values that were run"
            : "every run of an optimizer diverged",
        ],
      };
    case "missing":
      return { headline: "no number", details: ["runs are missing"] };
  }
}

/** The two intervals that verdicts are given by, a line each. */
export function intervalWords(
  { interval90, interval95 }: {
    readonly interval90: Interval;
    readonly interval95: Interval;
  },
  scale: VerdictScale,
): string[] {
  return [
    `90% interval ${formatInterval(interval90, scale)}`,
    `95% interval ${formatInterval(interval95, scale)}`,
  ];
}

/** `5.2× to 13×`; a word that both ends share is said once: `17× to 3.9× lower`. */
export function formatInterval(
  { low, high }: Interval,
  scale: VerdictScale,
): string {
  if (!Number.isFinite(low)) {
    return Number.isFinite(high) ? limit("at most", high, scale) : "anything";
  }
  if (!Number.isFinite(high)) return limit("at least", low, scale);
  const [from, to] = [scale.format(low), scale.format(high)];
  const [, shared] = /( \w+)$/.exec(to) ?? [];
  return shared !== undefined && from.endsWith(shared)
    ? `${from.slice(0, -shared.length)} to ${to}`
    : `${from} to ${to}`;
}

/** The larger number is the less, where it is how much lower something lies. */
function limit(
  words: "at least" | "at most",
  value: number,
  scale: VerdictScale,
): string {
  const text = scale.format(value);
  if (!text.endsWith(" lower")) return `${words} ${text}`;
  return `${words === "at least" ? "at most" : "at least"} ${text}`;
}

/**
 * What more seeds would do for what is INCONCLUSIVE. They are counted for a truth in the band's
 * middle: where no more are needed for that, the number lies too near the band's end.
 */
export function describeSeedsNeeded(
  { seedsNeeded, n }: Pick<Judgement, "seedsNeeded" | "n">,
): string {
  if (seedsNeeded === null) {
    return "with this spread no number of seeds under 100 would decide";
  }
  return seedsNeeded <= n
    ? `too near the end of the band for this spread; ${seedsNeeded} seeds would do in its middle`
    : `needs ${seedsNeeded} seeds, if the truth is the middle of the band`;
}

/** A text with its factors as they are set in type: `between 3× and 32×`. */
export function withTimes(text: string): string {
  return text.replaceAll(/(\d)x\b/g, "$1×");
}

/** Why there is no verdict, with the parts of studies as words: `no study of weight decay`. */
export function reasonWords(reason: string): string {
  return reason.replaceAll("_", " ");
}

/** The same as a sentence. */
export function reasonSentence(reason: string): string {
  const words = reasonWords(reason);
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

/** What the runs say about a number, in words that the terminal, sentences and pages share. */
import type { Finding, Interval } from "./estimate.ts";

/** How the numbers of a verdict are written. */
export interface NumberWriting {
  format(value: number): string;
}

export interface FindingWords {
  /** The number itself, or what there is of it. */
  readonly headline: string;
  /** Its uncertainty, or why there is no number, a line each. */
  readonly details: readonly string[];
}

/** A number as a headline and what belongs to it; no more than the runs say. */
export function describeFinding(
  finding: Finding,
  writing: NumberWriting,
): FindingWords {
  switch (finding.kind) {
    case "estimate":
      return {
        headline: writing.format(finding.estimate.mean),
        details: finding.estimate.n < 2
          ? ["one seed, which gives no interval"]
          : intervalWords(finding.estimate, writing),
      };
    case "range":
      return {
        headline: formatInterval(finding.range, writing),
        details: [
          finding.because === "no edge"
            ? "no interval: a seed did not break at any rate that was run"
            : "no interval: a best value lies beyond the values that were run",
        ],
      };
    case "invalid":
      return {
        headline: finding.because === "no gain" ? "no best value" : "no number",
        details: [INVALID_WORDS[finding.because]],
      };
    case "missing":
      return { headline: "no number", details: ["runs are missing"] };
  }
}

const INVALID_WORDS = {
  "flat": "the loss hardly changes over the values that were run",
  "diverged": "every run of an optimizer diverged",
  "no gain": "no weight decay is surely better than none by more than 3%",
} as const;

/** The two intervals that verdicts are given by, a line each. */
function intervalWords(
  { interval90, interval95 }: {
    readonly interval90: Interval;
    readonly interval95: Interval;
  },
  writing: NumberWriting,
): [string, string] {
  return [
    `90% interval ${formatInterval(interval90, writing)}`,
    `95% interval ${formatInterval(interval95, writing)}`,
  ];
}

/** `5.2× to 13×`; a word that both ends share is said once: `17× to 3.9× lower`. */
export function formatInterval(
  { low, high }: Interval,
  scale: NumberWriting,
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
  scale: NumberWriting,
): string {
  const text = scale.format(value);
  if (!text.endsWith(" lower")) return `${words} ${text}`;
  return `${words === "at least" ? "at most" : "at least"} ${text}`;
}

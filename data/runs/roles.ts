/**
 * The parts that runs play in a study: experiments plan runs under these names, verdicts and pages
 * find them by these names.
 */
import type { StudyComparison } from "./record.ts";

/**
 * Stages of a study, in the order of time:
 *
 * - `scout`: where to look; few seeds
 * - `tune`: the grid of learning rates
 * - `edge`: learning rates above it, until training breaks (H3)
 * - `decay scout`, `decay tune`: the same for weight decay, each at several learning rates
 * - `listed`: the values that SING's README lists, as they are (H4)
 * - `report`: fresh seeds, each arm at its own best values
 * - `final`: fresh seeds again, on the test split
 */
export type Stage =
  | "scout"
  | "tune"
  | "edge"
  | "decay scout"
  | "decay tune"
  | "listed"
  | "report"
  | "final";

/** Sizes of study, from the lightest to the weightiest. */
export const PROFILES = ["smoke", "quick", "standard", "full"] as const;

export type Profile = typeof PROFILES[number];

/** Arms by experiment. An arm is an optimizer with its options, or a way to choose its numbers. */
export const ARMS = {
  sing: "sing",
  adamw: "adamw",
  /** learning_rate, weight_decay: SING at the listed point that tuned best. */
  singListed: "sing listed",
  /** rule: SING at ten times AdamW's best learning rate, without weight decay. */
  singByRule: "sing by the rule",
  /** rule, final: at the best learning rate and weight decay together. */
  singDecay: "sing with decay",
  adamwDecay: "adamw with decay",
  /** rule: ten times the learning rate and a tenth of the weight decay of `adamw with decay`. */
  singDecayByRule: "sing with decay by the rule",
  /** schedule: SING's schedules; 5% warmup in front of each. */
  singConstant: "sing constant",
  singCosine: "sing cosine",
  singConstantCosine: "sing constant cosine",
  /** layer_norm: LayerNorm and LayerScale not trained; trained but exempt from normalization. */
  singFrozen: "sing frozen",
  singExempt: "sing exempt",
  adamwFrozen: "adamw frozen",
  /** width: SING with some of its switches off. */
  singNoSoftplus: "sing without softplus",
  singNoLookahead: "sing without lookahead",
  singNeither: "sing without both",
  /** controls: AdamW with its learning rate multiplied inside by 10^-0.9; and two that gate nothing. */
  adamwSlowed: "adamw slowed",
  lion: "lion",
  /** guests: beside `lion`. */
  mars: "mars",
  adamwLookahead: "adamw with lookahead",
} as const;

/** Comparisons of a stage: what is compared, for people; the candidate; the reference. */
export function compared(
  stage: StudyComparison["stage"],
  rows: readonly (readonly [string, string, string])[],
): StudyComparison[] {
  return rows.map(([title, candidate, reference]) => ({
    title,
    candidate,
    reference,
    stage,
  }));
}

/** SING's four switches in the order of its steps; the ablation's arms are named after them. */
export const SWITCHES = [
  "centralize",
  "normalize",
  "softplus",
  "lookahead",
] as const;

export type Switch = typeof SWITCHES[number];

/** The ablation's arm with these switches on: `switches CNSL`, `switches C-SL`, `switches ----`. */
export function switchesArm(on: readonly Switch[]): string {
  const letters = SWITCHES.map((name) =>
    on.includes(name) ? name[0]!.toUpperCase() : "-"
  );
  return `switches ${letters.join("")}`;
}

/** The same for people: `all but normalize`. */
export function switchesLabel(on: readonly Switch[]): string {
  const off = SWITCHES.filter((name) => !on.includes(name));
  const words = off.length === 0
    ? "all four: SING"
    : on.length === 0
    ? "none: AdamW"
    : off.length === 1
    ? `all but ${off[0]}`
    : on.join(" + ");
  return words.replace("lookahead", "LookAhead");
}

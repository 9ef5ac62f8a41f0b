import type { ControlState } from "../data/statistics/control.ts";
import type { Label, State } from "../data/statistics/verdict.ts";

/** Whatever may stand in a badge. */
export type AnyState = State | ControlState;

/** What each verdict means for a reader who has not read the methods. */
export const stateWords: Readonly<Record<State, string>> = {
  "SUPPORTED":
    "The runs agree with the claim: the whole 90% interval lies in the band.",
  "REFUTED":
    "The runs contradict the claim: no value of the 95% interval lies in the band.",
  "REFUTED(bound)":
    "The best value lies beyond the grid, so there is no interval; but all that it can still be lies outside the band.",
  "INCONCLUSIVE":
    "The runs leave both open. Where more seeds would settle it, their number is given.",
  "INVALID(edge)":
    "A best value lies beyond the values that were run, and what it may be reaches into the band.",
  "INVALID(flat)":
    "The loss hardly changes over the values that were run, so there is no best one to compare.",
  "INVALID(diverged)": "Every run of one optimizer diverged.",
  "NOT CALIBRATED":
    "The control failed on this workload: a known answer came out wrong, so no verdict is given.",
  "NOT APPLICABLE":
    "The claim is about layers, LayerNorm or LayerScale, that this network does not have.",
  "NOT RUN":
    "The profile leaves the experiment out, or some of its runs are missing.",
};

/** What each outcome of the control means for the verdicts on its workload. */
export const controlWords: Readonly<Record<ControlState, string>> = {
  "CALIBRATED":
    "The instrument said yes where yes was planted, and no where no was: its verdicts count.",
  "NOT CALIBRATED":
    "The instrument gave a known answer wrong: verdicts on this workload are withdrawn.",
  "UNDERPOWERED":
    "Nothing came out wrong, but the seeds were too few to see all that was planted: an INCONCLUSIVE here says little.",
  "NOT CHECKED":
    "The control has not been run here, or runs are missing: verdicts stand without it.",
};

/** What stands beside a verdict from few seeds. */
export const labelWords: Readonly<Record<Exclude<Label, "published">, string>> =
  {
    "preliminary": "Fewer than 5 seeds: a look ahead, no evidence.",
    "low power":
      "Fewer than 10 seeds to tune, or than 20 to report: what is real may be missed.",
  };

/** What a state means, in a sentence. */
export function meaningOf(state: AnyState): string {
  return state in controlWords
    ? controlWords[state as ControlState]
    : stateWords[state as State];
}

/** Where a state is explained on the page that explains them all. */
export function stateAnchor(state: string): string {
  return `state-${
    state.toLowerCase().replaceAll(/[^a-z]+/g, "-").replace(/-$/, "")
  }`;
}

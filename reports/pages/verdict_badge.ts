import type { ControlState } from "../../data/statistics/control.ts";
import type { Label, State } from "../../data/statistics/verdict.ts";
import { type Content, type Html, html } from "../html.ts";

/** A state by its word and its sign, linked to what it means; the label of few seeds beside it. */
export function verdictBadge(
  state: AnyState,
  label: Label | null = null,
): Content {
  return html`
    <span
      class="verdict"><a class="state ${SIGNS[state][
        0
      ]}" href="methods.html#${stateAnchor(state)}" title="${meaningOf(
        state,
      )}">${stateIcon(state)}${state}</a>${fewSeeds(label)}</span>
  `;
}

/** A state by its word and its sign, where it stands beside others. */
export function smallBadge(state: AnyState): Content {
  return html`<span class="state small ${SIGNS[state][0]}">${
    stateIcon(state)
  }${state}</span>`;
}

function fewSeeds(label: Label | null): Content {
  return label !== null && label !== "published" && html`
    <a class="few"
      href="methods.html#${stateAnchor(label)}">${label}</a>
  `;
}

/** A state's sign: no two that differ in meaning share a form, and none needs its colour. */
function stateIcon(state: AnyState): Html {
  return html`
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16"
      aria-hidden="true">${FORMS[SIGNS[state][1]]}</svg>
  `;
}

/** What is decided stands out, what was never asked steps back. */
const SIGNS: Readonly<
  Record<
    AnyState,
    readonly ["is-decided" | "is-open" | "is-unasked", keyof typeof FORMS]
  >
> = {
  "SUPPORTED": ["is-decided", "tick"],
  "REFUTED": ["is-decided", "cross"],
  "REFUTED(bound)": ["is-decided", "cross"],
  "INCONCLUSIVE": ["is-open", "half"],
  "INVALID(edge)": ["is-open", "triangle"],
  "INVALID(flat)": ["is-open", "triangle"],
  "INVALID(diverged)": ["is-open", "triangle"],
  "NO OPTIMUM": ["is-open", "triangle"],
  "NO VERDICT": ["is-open", "triangle"],
  "CALIBRATED": ["is-decided", "tick"],
  "UNDERPOWERED": ["is-open", "half"],
  "NOT CALIBRATED": ["is-decided", "alarm"],
  "NOT APPLICABLE": ["is-unasked", "dash"],
  "NOT RUN": ["is-unasked", "empty"],
  "NOT CHECKED": ["is-unasked", "empty"],
};

const FORMS = {
  /** A filled disc with a tick. */
  tick: html`
    <circle cx="8" cy="8" r="7.5" fill="currentColor" />
    <path d="M4.4 8.3 7 10.9 11.7 5.6" fill="none" class="cut" stroke-width="2" />
  `,
  /** A filled square with a cross. */
  cross: html`
    <rect x="1" y="1" width="14" height="14" rx="1" fill="currentColor" />
    <path d="M4.8 4.8 11.2 11.2M11.2 4.8 4.8 11.2" fill="none" class="cut"
      stroke-width="2" />
  `,
  /** A ring, half filled. */
  half: html`
    <circle cx="8" cy="8" r="6.75" fill="none" stroke="currentColor"
      stroke-width="1.5" />
    <path d="M8 1.25a6.75 6.75 0 0 0 0 13.5z" fill="currentColor" />
  `,
  /** A hollow triangle with a bar. */
  triangle: html`
    <path d="M8 1.8 14.8 14H1.2z" fill="none" stroke="currentColor"
      stroke-width="1.5" stroke-linejoin="round" />
    <path d="M8 6.2v3.6M8 11.2v1.4" fill="none" stroke="currentColor"
      stroke-width="1.5" />
  `,
  /** The same, filled. */
  alarm: html`
    <path d="M8 1.2 15.4 14.6H.6z" fill="currentColor" />
    <path d="M8 6v4M8 11.4v1.6" fill="none" class="cut" stroke-width="1.6" />
  `,
  /** A bar alone. */
  dash: html`
    <path d="M2.5 8h11" fill="none" stroke="currentColor" stroke-width="2" />
  `,
  /** A broken ring. */
  empty: html`
    <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor"
      stroke-width="1.5" stroke-dasharray="2.4 2" />
  `,
} as const;

/** What each verdict means, in plain words. */
export function verdictLegend(): Content {
  return legend(STATE_WORDS, stateTerm, stateAnchor);
}

/** What each outcome of a control means for the verdicts on its workload. */
export function controlLegend(): Content {
  // A verdict has this state too, and the address is the verdict's.
  const { "NOT CALIBRATED": failed, ...others } = CONTROL_WORDS;
  return html`
    ${legend(others, stateTerm, stateAnchor)}
    ${legend({ "NOT CALIBRATED": failed }, stateTerm)}
  `;
}

/** What the labels of few seeds mean. */
export function labelLegend(): Content {
  const term = (label: string) => html`<span class="few">${label}</span>`;
  return legend(LABEL_WORDS, term, stateAnchor);
}

/** What words mean that every page uses. */
export function wordLegend(): Content {
  return legend(WORDS, (word) => word);
}

function stateTerm(state: string): Content {
  return smallBadge(state as AnyState);
}

function legend(
  words: Readonly<Record<string, string>>,
  term: (name: string) => Content,
  anchor?: (name: string) => string,
): Content {
  return html`<dl class="legend">${
    Object.entries(words).map(([name, meaning]) =>
      html`
        <div${anchor && html`
          id="${anchor(name)}"
        `}>
          <dt>${term(name)}</dt>
          <dd>${meaning}</dd>
          </div>
      `
    )
  }</dl>`;
}

const WORDS = {
  "profile":
    "How much is run: smoke proves that everything works, quick gives a first answer in minutes, standard is what is published, full takes days.",
  "seed":
    "A number that fixes the initial weights and the order of the images; two optimizers with one seed differ in nothing else.",
  "arm": "What is compared: an optimizer with its options.",
  "tune stage":
    "The runs by which the best learning rate is found; report runs then use fresh seeds.",
  "nat": "The unit of the loss: cross-entropy with the natural logarithm.",
  "look":
    "A planned point at which an open question is examined; intervals are wider than for a fixed number of seeds.",
} as const;

/** Whatever may stand in a badge. */
export type AnyState = State | ControlState;

/** What each verdict means for a reader who has not read the methods. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  "SUPPORTED":
    "The runs agree with the claim: the whole 90% interval lies in the band.",
  "REFUTED":
    "The runs contradict the claim: no value of the 95% interval lies in the band.",
  "REFUTED(bound)":
    "The best value lies beyond the grid, so there is no interval; but all that it can still be lies outside the band.",
  "INCONCLUSIVE":
    "The runs leave both open: the 90% interval crosses an end of the band. Whether more seeds would settle it is said beside the verdict.",
  "INVALID(edge)":
    "A best value lies beyond the values that were run, and what it may be reaches into the band.",
  "INVALID(flat)":
    "The loss hardly changes over the values that were run, so there is no best one to compare.",
  "INVALID(diverged)": "Every run of one optimizer diverged.",
  "NO OPTIMUM":
    "No weight decay is surely better than none by more than 3%: within this training there is no best one to compare.",
  "NO VERDICT":
    "Three seeds on a few fixed values: a number with its interval, and no verdict.",
  "NOT CALIBRATED":
    "The control failed on this workload: a known answer came out wrong, so no verdict is given.",
  "NOT APPLICABLE":
    "The claim is about layers, LayerNorm or LayerScale, that this network does not have.",
  "NOT RUN":
    "The profile leaves the experiment out, or some of its runs are missing.",
};

/** What each outcome of the control means for the verdicts on its workload. */
export const CONTROL_WORDS: Readonly<Record<ControlState, string>> = {
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
export const LABEL_WORDS: Readonly<
  Record<Exclude<Label, "published">, string>
> = {
  "preliminary": "Fewer than 5 seeds: a look ahead, no evidence.",
  "low power":
    "Fewer than 10 seeds to tune, or than 20 to report: what is real may be missed.",
};

/** What a state means, in a sentence. */
export function meaningOf(state: AnyState): string {
  return state in CONTROL_WORDS
    ? CONTROL_WORDS[state as ControlState]
    : STATE_WORDS[state as State];
}

/** Where a state is explained on the page that explains them all. */
export function stateAnchor(state: string): string {
  return `state-${
    state.toLowerCase().replaceAll(/[^a-z]+/g, "-").replace(/-$/, "")
  }`;
}

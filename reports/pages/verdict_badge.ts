import type { Label } from "../../data/statistics/verdict.ts";
import { type Content, html } from "../html.ts";
import { type AnyState, meaningOf, stateAnchor } from "../state_words.ts";
import { stateIcon } from "./state_icon.ts";

/** A state by its word and its sign, linked to what it means; the label of few seeds beside it. */
export function verdictBadge(
  state: AnyState,
  label: Label | null = null,
): Content {
  return html`
    <span
      class="verdict"><a class="state ${weightOf(
        state,
      )}" href="methods.html#${stateAnchor(state)}" title="${meaningOf(
        state,
      )}">${stateIcon(state)}${state}</a>${fewSeeds(label)}</span>
  `;
}

/** A state by its word and its sign, where it stands beside others. */
export function smallBadge(state: AnyState): Content {
  return html`<span class="state small ${weightOf(state)}">${
    stateIcon(state)
  }${state}</span>`;
}

function fewSeeds(label: Label | null): Content {
  return label !== null && label !== "published" && html`
    <a class="few"
      href="methods.html#${stateAnchor(label)}">${label}</a>
  `;
}

/** What is decided stands out, what was never asked steps back. */
function weightOf(state: AnyState): "is-decided" | "is-open" | "is-unasked" {
  switch (state) {
    case "SUPPORTED":
    case "REFUTED":
    case "REFUTED(bound)":
    case "CALIBRATED":
    case "NOT CALIBRATED":
      return "is-decided";
    case "NOT RUN":
    case "NOT APPLICABLE":
    case "NOT CHECKED":
      return "is-unasked";
    default:
      return "is-open";
  }
}

import { type Content, html } from "../html.ts";
import {
  type AnyState,
  controlWords,
  labelWords,
  stateAnchor,
  stateWords,
} from "../state_words.ts";
import { smallBadge } from "./verdict_badge.ts";

/** What each verdict means, in plain words. */
export function verdictLegend(): Content {
  return legend(stateWords);
}

/** What each outcome of a control means for the verdicts on its workload. */
export function controlLegend(): Content {
  const { "NOT CALIBRATED": failed, ...others } = controlWords;
  // A verdict has this state too, and the address is the verdict's.
  return html`
    ${legend(others)}
    <dl class="legend">
      <div>
        <dt>${smallBadge("NOT CALIBRATED")}</dt>
        <dd>${failed}</dd>
      </div>
    </dl>
  `;
}

/** What the labels of few seeds mean. */
export function labelLegend(): Content {
  return html`<dl class="legend">${
    Object.entries(labelWords).map(([label, words]) =>
      html`
        <div id="${stateAnchor(label)}">
          <dt><span class="few">${label}</span></dt>
          <dd>${words}</dd>
        </div>
      `
    )
  }</dl>`;
}

function legend(words: Readonly<Partial<Record<AnyState, string>>>): Content {
  return html`<dl class="legend">${
    Object.entries(words).map(([state, meaning]) =>
      html`
        <div id="${stateAnchor(state)}">
          <dt>${smallBadge(state as AnyState)}</dt>
          <dd>${meaning}</dd>
        </div>
      `
    )
  }</dl>`;
}

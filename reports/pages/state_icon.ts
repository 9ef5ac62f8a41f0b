import { type Html, html } from "../html.ts";
import type { AnyState } from "../state_words.ts";

/** A state's sign: no two that differ in meaning share a form, and none needs its colour. */
export function stateIcon(state: AnyState): Html {
  return html`
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16"
      aria-hidden="true">${forms[formOf(state)]}</svg>
  `;
}

type Form = keyof typeof forms;

function formOf(state: AnyState): Form {
  switch (state) {
    case "SUPPORTED":
    case "CALIBRATED":
      return "tick";
    case "REFUTED":
    case "REFUTED(bound)":
      return "cross";
    case "INCONCLUSIVE":
    case "UNDERPOWERED":
      return "half";
    case "NOT CALIBRATED":
      return "alarm";
    case "NOT APPLICABLE":
      return "dash";
    case "NOT RUN":
    case "NOT CHECKED":
      return "empty";
    default:
      return "triangle";
  }
}

const forms = {
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

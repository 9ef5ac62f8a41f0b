import { type Content, html } from "../html.ts";
import type { Notice } from "../notices.ts";

/** Warnings and notes as a list; nothing where there are none. */
export function noticeList(notices: readonly Notice[]): Content {
  if (notices.length === 0) return null;
  return html`<ul class="notices">${
    notices.map(({ level, text, where }) =>
      html`<li class="${level}"><b>${
        level === "warning" ? "Warning" : "Note"
      }</b> ${text}${where && small(where)}</li>`
    )
  }</ul>`;
}

function small(text: string): Content {
  return html`<small>${text}</small>`;
}

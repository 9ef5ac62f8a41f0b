import { type Content, html } from "../html.ts";

export interface RegisterTable {
  /** What it is called by those who do not see it. */
  readonly name: string;
  /** Of its three columns: what is judged, its picture, its numbers. */
  readonly heads: readonly [string, string, string];
  readonly bodies: Content;
}

/**
 * The table that verdicts stand in. Phones show its cells below one another, so that its roles must
 * be said: a browser drops them with the display of a table.
 */
export function registerTable({ name, heads, bodies }: RegisterTable): Content {
  return html`<table class="register" role="table" aria-label="${name}">
<thead role="rowgroup"><tr role="row">${
    heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)
  }</tr></thead>
${bodies}
</table>`;
}

export interface RegisterRow {
  readonly head: Content;
  /** Nothing where there is no number to draw. */
  readonly drawn: Content;
  readonly headline: string;
  /** A line each. */
  readonly details: readonly Content[];
}

/** A row of one number: what it is of, its picture, and the same in words. */
export function registerRow(
  { head, drawn, headline, details }: RegisterRow,
): Content {
  return html`
    <tr role="row">
      <th scope="row" role="rowheader" class="workload">${head}</th>
      <td role="cell" class="drawn">${drawn}</td>
      <td role="cell" class="told"><span class="headline">${headline}</span>
    ${details.map((it) => html`<span class="detail">${it}</span>`)}</td>
    </tr>
  `;
}

/** A row of something that has no number, with why. */
export function reasonRow(head: Content, why: Content): Content {
  return html`
    <tr role="row">
      <th scope="row" role="rowheader" class="workload">${head}</th>
      <td role="cell" class="why" colspan="2">${why}</td>
    </tr>
  `;
}

/** Text that is HTML already: only {@link html} and {@link trusted} make it. */

export class Html {
  /** @param files What the page needs beside it, by their names in the site. */
  constructor(readonly source: string, readonly files: Files = NO_FILES) {}
}

/** Files by their names in the site. */
export type Files = ReadonlyMap<string, string>;

const NO_FILES: Files = new Map();

/** What may stand in a template: text is escaped, lists are joined, nothing (`false` too) is left out. */
export type Content =
  | Html
  | string
  | number
  | false
  | null
  | undefined
  | readonly Content[];

/**
 * Template of HTML whose inserted text cannot end the element or the quoted attribute it stands in.
 *
 *     html`<a href="${link}">${name}</a>`
 *
 * Attributes must be quoted, and a link's scheme is the caller's to choose.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly Content[]
): Html {
  const source = String.raw({ raw: strings }, ...values.map(render));
  return new Html(source, filesOf(values));
}

/** The files that all parts of a content bring along. */
export function filesOf(content: Content): Files {
  if (content instanceof Html) return content.files;
  if (!Array.isArray(content)) return NO_FILES;
  const all = content.map(filesOf).filter(({ size }) => size > 0);
  return all.length < 2
    ? all[0] ?? NO_FILES
    : new Map(all.flatMap((files) => [...files]));
}

/** The head of a table: columns of text, of numbers, and of text again. */
export function tableHead(
  texts: readonly Content[],
  numbers: readonly Content[] = [],
  rest: readonly Content[] = [],
): Html {
  const text = (it: Content) => html`<th scope="col">${it}</th>`;
  return html`
    <thead>
      <tr>${texts.map(text)}${numbers.map((it) =>
        html`<th scope="col" class="number">${it}</th>`
      )}${rest.map(text)}</tr>
    </thead>
  `;
}

/** Cells of numbers. */
export function numericCells(cells: readonly Content[]): Html {
  return html`${cells.map((it) => html`<td class="number">${it}</td>`)}`;
}

/** A list of sentences; nothing of none. */
export function bullets(items: readonly Content[], look = ""): Content {
  return items.length > 0 &&
    html`<ul${
      look && html`
        class="${look}"
      `
    }>${items.map((it) => html`<li>${it}</li>`)}</ul>`;
}

/** What of a list is there: `compact([x && a, b])` for a list with or without a. */
export function compact<T>(
  items: readonly (T | false | null | undefined)[],
): T[] {
  return items.filter((item): item is T =>
    item !== false && item !== null && item !== undefined
  );
}

/** Marks text as HTML that a program made, such as a chart's SVG. */
export function trusted(source: string): Html {
  return new Html(source);
}

/** A block of data in a page, which no content can end and no browser runs. */
export function jsonBlock(id: string, value: unknown): Html {
  const json = JSON.stringify(
    value,
    (_, inner) => typeof inner === "string" ? withoutInvisible(inner) : inner,
  ).replaceAll("<", "\\u003c");
  return html`<script type="application/json" id="${id}">${
    trusted(json)
  }</script>`;
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Html) return content.source;
  if (Array.isArray(content)) return content.map(render).join("");
  return escape(String(content));
}

/** The text with a sign in the place of what no reader would see, but which would act. */
export function withoutInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, "\ufffd");
}

function escape(text: string): string {
  return withoutInvisible(text).replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Controls, which no page needs, and marks that turn the direction of all the text after them. */
// deno-lint-ignore no-control-regex
const INVISIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]/g;

/// <reference lib="dom" />

/**
 * Makes an element. Texts are put in as text, whatever stands in them.
 *
 * @param attributes By name; one that is undefined is left out.
 */
export function element<N extends keyof HTMLElementTagNameMap>(
  name: N,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[N] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...content);
  return made;
}

/**
 * The page's element of this id and kind.
 *
 * @throws Error where the page has none.
 */
export function elementOf<E extends Element>(
  id: string,
  kind: new () => E,
): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`Cannot browse runs as the page must have #${id}`);
}

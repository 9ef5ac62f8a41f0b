/// <reference lib="dom" />
import { element } from "./element.ts";

/** Rows of the table that are in sight at once. */
export const pageSize = 50;

/** Steps through the pages of a table. */
export interface Pager {
  /** The rows of the current page, of this many. */
  range(rows: number): { readonly from: number; readonly to: number };
  /** Goes back to the first page. */
  rewind(): void;
}

/**
 * Fills the page's navigation with its buttons.
 *
 * @param turned Called when a reader has turned the page.
 */
export function pager(place: HTMLElement, turned: () => void): Pager {
  let page = 0;
  let last = 0;
  const steps: readonly [string, () => number][] = [
    ["First", () => 0],
    ["Previous", () => Math.max(page - 1, 0)],
    ["Next", () => Math.min(page + 1, last)],
    ["Last", () => last],
  ];
  const buttons = steps.map(([label, target]) => {
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", () => {
      if (target() === page) return;
      page = target();
      turned();
    });
    return button;
  });
  const where = element("span");
  const [first = "", previous = "", ...others] = buttons;
  place.replaceChildren(first, previous, where, ...others);
  return {
    rewind: () => page = 0,
    range(rows) {
      last = Math.max(Math.ceil(rows / pageSize) - 1, 0);
      page = Math.min(page, last);
      place.hidden = last === 0;
      where.textContent = `Page ${page + 1} of ${last + 1}`;
      // Not `disabled`: the focus would be lost with the last turn.
      for (const [index, [, target]] of steps.entries()) {
        buttons[index]?.setAttribute(
          "aria-disabled",
          String(target() === page),
        );
      }
      const from = page * pageSize;
      return { from, to: Math.min(from + pageSize, rows) };
    },
  };
}

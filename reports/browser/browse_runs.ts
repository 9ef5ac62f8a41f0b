/**
 * Runs in the reader's browser: fills the page of all runs with a table that can be filtered, sorted
 * and paged. Only the rows in sight are in the document.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { type Filter, FILTERS } from "../columns.ts";
import type { RunLine } from "../run_table.ts";
import {
  describeCount,
  formatQuery,
  type Order,
  orderAfter,
  parseQuery,
  readRuns,
  type RunColumn,
  type RunFacts,
  type RunQuery,
  selectRuns,
  TABLE_COLUMNS,
} from "./run_query.ts";

function browse(place: HTMLElement): void {
  const { runs, textOf, describe } = readRuns(
    elementOf("runs-data", HTMLScriptElement).text,
  );
  const select = selectRuns(runs, textOf);
  const form = filterForm(elementOf("runs-filter", HTMLFormElement), runs, ask);
  const pages = pager(elementOf("runs-pages", HTMLElement), turn);
  const table = runsTable(elementOf("runs-table", HTMLTableElement), {
    describe,
    sortBy(name) {
      order = orderAfter(order, name);
      ask();
    },
  });
  const status = elementOf("runs-count", HTMLElement);
  let order: Order = { descending: false };

  function show(): void {
    const found = select({ ...form.read(), ...order });
    const { from, to } = pages.range(found.length);
    table.show(found.slice(from, to), order);
    status.textContent = describeCount(runs.length, found.length, from, to);
  }

  function ask(): void {
    writeAddress({ ...form.read(), ...order });
    pages.rewind();
    show();
  }

  function turn(): void {
    show();
    if (status.getBoundingClientRect().top < 0) status.scrollIntoView();
  }

  function answerAddress(): void {
    if (isPlace(location.hash)) return;
    const names = TABLE_COLUMNS.map(({ name }) => name);
    const { text, only, ...rest } = parseQuery(location.hash, names);
    form.write({ text, only });
    order = rest;
    pages.rewind();
    show();
  }

  addEventListener("hashchange", answerAddress);
  place.hidden = false;
  show();
  answerAddress();
}

/** Whether an address leads to an element of the page, as its skip link does, and asks for no runs. */
function isPlace(hash: string): boolean {
  return hash !== "" && !hash.includes("=");
}

/** Lets a reader keep or send what he sees. */
function writeAddress(query: RunQuery): void {
  const hash = formatQuery(query);
  const { pathname, search } = location;
  history.replaceState(null, "", hash ? `#${hash}` : pathname + search);
}

/** The table of the runs that are in sight. */
export interface RunsTable {
  show(runs: readonly RunLine[], order: Order): void;
}

/** What the table does not know itself. */
export interface Answers {
  /** Called with the column whose head was pressed. */
  sortBy(name: keyof RunLine): void;
  /** What is shown under a run's row when its id is pressed. */
  describe(run: RunLine): readonly RunFacts[];
}

/** Puts the heads of the columns into the page's table. */
export function runsTable(
  table: HTMLTableElement,
  { sortBy, describe }: Answers,
): RunsTable {
  const heads = TABLE_COLUMNS.map((column) => head(column, sortBy));
  const body = element("tbody");
  table.append(element("thead", {}, element("tr", {}, ...heads)), body);
  return {
    show(runs, { sort, descending }) {
      for (const [index, { name }] of TABLE_COLUMNS.entries()) {
        const order = descending ? "descending" : "ascending";
        if (name === sort) heads[index]?.setAttribute("aria-sort", order);
        else heads[index]?.removeAttribute("aria-sort");
      }
      body.replaceChildren(...runs.map((run) => row(run, describe)));
    },
  };
}

function head(
  column: RunColumn,
  sortBy: Answers["sortBy"],
): HTMLTableCellElement {
  const button = element("button", { type: "button" }, column.title);
  button.addEventListener("click", () => sortBy(column.name));
  return element(
    "th",
    { scope: "col", class: classesOf(column) },
    button,
  );
}

function row(
  run: RunLine,
  describe: Answers["describe"],
): HTMLTableRowElement {
  const [first, ...others] = TABLE_COLUMNS;
  const button = element(
    "button",
    { type: "button", "aria-expanded": "false" },
    element("span", { class: "unseen" }, "Details of run "),
    first?.text(run) ?? "",
  );
  const made = element(
    "tr",
    { "data-state": run.state },
    element("th", { scope: "row" }, button),
    ...others.map((column) => cell(column, run)),
  );
  button.addEventListener(
    "click",
    () => toggle(button, made, () => describe(run)),
  );
  return made;
}

/** Columns with a look of their own. */
const CELL_CLASSES: Readonly<Partial<Record<keyof RunLine, string>>> = {
  state: "ending",
};

/** What a phone leaves to a run's details and to the filters, so that its result is in sight. */
const ASIDE: ReadonlySet<keyof RunLine> = new Set<keyof RunLine>([
  ...["experiment", "profile", "dataset", "model", "stage"] as const,
  ...["weightDecay", "seed", "state", "seconds", "started"] as const,
]);

function classesOf({ name, numeric }: RunColumn): string | undefined {
  return [
    numeric ? "number" : CELL_CLASSES[name] ?? "",
    ASIDE.has(name) ? "aside" : "",
  ].filter(Boolean).join(" ") || undefined;
}

function cell(
  column: RunColumn,
  run: RunLine,
): HTMLTableCellElement {
  const attributes = { class: classesOf(column) };
  const shown = column.text(run);
  return shown === undefined
    ? element(
      "td",
      attributes,
      element("span", { "aria-hidden": "true" }, "–"),
      element("span", { class: "unseen" }, "none"),
    )
    : element("td", attributes, shown);
}

function toggle(
  button: HTMLButtonElement,
  row: HTMLTableRowElement,
  describe: () => readonly RunFacts[],
): void {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) row.nextElementSibling?.remove();
  else row.after(details(describe()));
}

function details(parts: readonly RunFacts[]): HTMLTableRowElement {
  const lists = parts.map(({ title, facts }) =>
    element(
      "section",
      {},
      element("h3", {}, title),
      element(
        "dl",
        {},
        ...facts.map(([name, text]) =>
          element("div", {}, element("dt", {}, name), element("dd", {}, text))
        ),
      ),
    )
  );
  const inside = element("div", { class: "facts" }, ...lists);
  return element(
    "tr",
    { class: "details" },
    element("td", { colspan: String(TABLE_COLUMNS.length) }, inside),
  );
}

/** What a reader has chosen, and a way to choose for him. */
export interface FilterForm {
  read(): Pick<RunQuery, "text" | "only">;
  /** A value that no run has chooses nothing. */
  write(query: Pick<RunQuery, "text" | "only">): void;
}

/**
 * Fills the page's form with the values that occur.
 *
 * @param changed Called after each choice.
 */
export function filterForm(
  form: HTMLFormElement,
  runs: readonly RunLine[],
  changed: () => void,
): FilterForm {
  const names = Object.keys(FILTERS) as Filter[];
  const control = (name: string) =>
    form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  for (const name of names) {
    const values = [...new Set(runs.map((run) => run[name]))];
    const options = values.map((value) => element("option", { value }, value));
    control(name).append(...options);
  }
  const write: FilterForm["write"] = ({ text, only }) => {
    control("text").value = text;
    for (const name of names) choose(control(name), only[name] ?? "");
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    write({ text: "", only: {} });
    changed();
  });
  return {
    write,
    read: () => ({
      text: control("text").value,
      only: Object.fromEntries(
        names.map((name) => [name, control(name).value])
          .filter(([, value]) => value !== ""),
      ),
    }),
  };
}

function choose(
  control: HTMLInputElement | HTMLSelectElement,
  value: string,
): void {
  control.value = value;
  if (control.value !== value) control.value = "";
}

/** Rows of the table that are in sight at once. */
export const PAGE_ROWS = 50;

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
      last = Math.max(Math.ceil(rows / PAGE_ROWS) - 1, 0);
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
      const from = page * PAGE_ROWS;
      return { from, to: Math.min(from + PAGE_ROWS, rows) };
    },
  };
}

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

// At the end: what the table is made with must stand before it is made.
const place = document.getElementById("browse");
if (place) browse(place);

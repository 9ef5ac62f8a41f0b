/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { RunLine } from "../run_table.ts";
import type { RunFacts } from "./describe_run.ts";
import { element } from "./element.ts";
import { type RunColumn, runColumns } from "./run_columns.ts";
import type { Order } from "./run_order.ts";

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
  const heads = runColumns.map((column) => head(column, sortBy));
  const body = element("tbody");
  table.append(element("thead", {}, element("tr", {}, ...heads)), body);
  return {
    show(runs, { sort, descending }) {
      for (const [index, { name }] of runColumns.entries()) {
        const order = descending ? "descending" : "ascending";
        if (name === sort) heads[index]?.setAttribute("aria-sort", order);
        else heads[index]?.removeAttribute("aria-sort");
      }
      body.replaceChildren(...runs.map((run) => row(run, describe)));
    },
  };
}

function head(
  { name, title, numeric }: RunColumn,
  sortBy: Answers["sortBy"],
): HTMLTableCellElement {
  const button = element("button", { type: "button" }, title);
  button.addEventListener("click", () => sortBy(name));
  return element(
    "th",
    { scope: "col", class: numeric ? "number" : undefined },
    button,
  );
}

function row(
  run: RunLine,
  describe: Answers["describe"],
): HTMLTableRowElement {
  const [first, ...others] = runColumns;
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
const classes: Readonly<Partial<Record<keyof RunLine, string>>> = {
  state: "ending",
};

function cell(
  { numeric, name, text }: RunColumn,
  run: RunLine,
): HTMLTableCellElement {
  const attributes = { class: numeric ? "number" : classes[name] };
  const shown = text(run);
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
    element("td", { colspan: String(runColumns.length) }, inside),
  );
}

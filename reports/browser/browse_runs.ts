/**
 * Runs in the reader's browser: fills the page of all runs with a table that can be filtered, sorted
 * and paged. Only the rows in sight are in the document.
 */
/// <reference lib="dom" />
import { elementOf } from "./element.ts";
import { filterForm } from "./filter_form.ts";
import { pager } from "./pager.ts";
import { runColumns } from "./run_columns.ts";
import { describeCount, type Order, orderAfter } from "./run_order.ts";
import { formatQuery, parseQuery, type RunQuery } from "./run_query.ts";
import { readRuns } from "./read_runs.ts";
import { runsTable } from "./runs_table.ts";
import { selectRuns } from "./select_runs.ts";

const place = document.getElementById("browse");
if (place) browse(place);

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
    const names = runColumns.map(({ name }) => name);
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

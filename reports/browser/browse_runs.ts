/**
 * Runs in the reader's browser: fills the page of all runs with a table that can be filtered, sorted
 * and paged. Only the rows in sight are in the document.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import {
  decodeColumns,
  type Filter,
  FILTERS,
  type FlatRow,
  type Value,
} from "../columns.ts";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import type { RunLine, RunTable } from "../run_table.ts";

/** Which runs are shown, and in which order. */
export interface RunQuery {
  /** Words that a run must all have somewhere, in any case of letters. */
  readonly text: string;
  /** The value that each of these fields must have. */
  readonly only: Readonly<Partial<Record<Filter, string>>>;
  /** Absent for the order of the plan. */
  readonly sort?: keyof RunLine;
  readonly descending: boolean;
}

type Order = Pick<RunQuery, "sort" | "descending">;

const FILTER_NAMES = Object.keys(FILTERS) as Filter[];

/** A query as the part of an address after its `#`; empty for all runs in the order of the plan. */
export function formatQuery(
  { text, only, sort, descending }: RunQuery,
): string {
  const fields = new URLSearchParams();
  if (text) fields.set("text", text);
  for (const [name, value] of Object.entries(only)) fields.set(name, value);
  if (sort) fields.set("sort", sort);
  if (sort && descending) fields.set("order", "descending");
  return fields.toString();
}

/** The query in an address; what is no part of one is passed over. */
export function parseQuery(hash: string): RunQuery {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const sort = TABLE_COLUMNS.find(({ name }) => name === fields.get("sort"));
  const only = FILTER_NAMES.flatMap((name) => {
    const value = fields.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    text: fields.get("text") ?? "",
    only: Object.fromEntries(only),
    ...sort && { sort: sort.name },
    descending: sort !== undefined && fields.get("order") === "descending",
  };
}

/** The order after a column's head was pressed: ascending, descending, then that of the plan again. */
export function orderAfter(
  { sort, descending }: Order,
  pressed: keyof RunLine,
): Order {
  if (sort !== pressed) return { sort: pressed, descending: false };
  return descending
    ? { descending: false }
    : { sort: pressed, descending: true };
}

/** Which of the runs are shown: `234 of 10,080 rows, 51 to 100 shown.` */
export function describeCount(
  all: number,
  found: number,
  from: number,
  to: number,
): string {
  const planned = formatCount(all, "row");
  if (found === 0) return `None of ${planned} fits.`;
  const shown = found === to - from
    ? ""
    : `, ${formatInteger(from + 1)} to ${formatInteger(to)} shown`;
  return found === all
    ? `${planned}${shown}.`
    : `${formatInteger(found)} of ${planned}${shown}.`;
}

/**
 * A search through runs; made once, for what it keeps of them.
 *
 * @param textOf All that a run can be found by.
 */
export function selectRuns(
  runs: readonly RunLine[],
  textOf: (run: RunLine) => string,
): (query: RunQuery) => readonly RunLine[] {
  let texts: ReadonlyMap<RunLine, string> | undefined;
  return ({ text, only, sort, descending }) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.entries(only) as [keyof RunLine, string][];
    let found = runs.filter((run) =>
      wanted.every(([name, value]) => run[name] === value)
    );
    if (words.length > 0) {
      texts ??= new Map(runs.map((run) => [run, textOf(run).toLowerCase()]));
      found = found.filter((run) =>
        words.every((word) => texts?.get(run)?.includes(word))
      );
    }
    return sort ? sorted(found, sort, descending) : found;
  };
}

/** Equal values stay in the order of the plan; what is not there comes last in either direction. */
function sorted(
  runs: readonly RunLine[],
  name: keyof RunLine,
  descending: boolean,
): RunLine[] {
  // Texts are compared once, not at every step of a sort.
  const ascending = [...new Set(runs.map((run) => run[name]))].sort((a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : COLLATOR.compare(String(a), String(b))
  );
  const ranks = new Map<Value, number>(
    ascending.map((value, place) => [value, place]),
  );
  const direction = descending ? -1 : 1;
  const there = runs.filter((run) => run[name] !== null);
  const rankOf = (run: RunLine) => ranks.get(run[name]) ?? 0;
  there.sort((a, b) => direction * (rankOf(a) - rankOf(b)));
  return [...there, ...runs.filter((run) => run[name] === null)];
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** A column of the table of runs. */
interface RunColumn {
  readonly name: keyof RunLine;
  readonly title: string;
  readonly numeric?: boolean;
  /** The cell's text; undefined where there is nothing to show. */
  readonly text: (run: RunLine) => string | undefined;
}

/** The columns in the order of the table. */
export const TABLE_COLUMNS: readonly RunColumn[] = [
  { name: "run", title: "Run", text: ({ run }) => run.slice(0, 8) },
  plain("experiment", "Experiment"),
  plain("profile", "Profile"),
  plain("dataset", "Data set"),
  plain("model", "Model"),
  plain("stage", "Stage"),
  plain("arm", "Arm"),
  number("learningRate", "Learning rate", formatRate),
  number("weightDecay", "Weight decay", formatRate),
  number("seed", "Seed", String),
  plain("state", "State"),
  number("loss", "Final loss", (loss) => loss.toPrecision(4)),
  number("accuracy", "Accuracy", formatPercent),
  number("seconds", "Seconds", (seconds) => seconds.toFixed(1)),
  number("started", "Started", (seconds) => formatMoment(seconds).slice(0, 10)),
];

function plain(name: keyof RunLine, title: string): RunColumn {
  return { name, title, text: (run) => String(run[name] ?? "") || undefined };
}

function number(
  name: keyof RunLine,
  title: string,
  format: (value: number) => string,
): RunColumn {
  const text = (run: RunLine) => {
    const value = run[name];
    return typeof value === "number" ? format(value) : undefined;
  };
  return { name, title, numeric: true, text };
}

/** A moment in seconds since 1970 as `2024-05-01 10:00`, UTC. */
export function formatMoment(seconds: number): string {
  const moment = new Date(1000 * seconds);
  return Number.isNaN(moment.getTime())
    ? "at no date"
    : moment.toISOString().slice(0, 16).replace("T", " ");
}

/** The runs in the page's block of data, and what there is to find and to know of each. */
export function readRuns(json: string) {
  const table: RunTable = JSON.parse(json);
  const origins = decodeColumns(table.origins);
  const configs = decodeColumns(table.configs);
  const originTexts = origins.map((origin) => Object.values(origin).join(" "));
  return {
    runs: decodeColumns<RunLine>(table.runs),
    /** All that a run can be found by. */
    textOf: (run: RunLine) =>
      [
        run.run,
        ...FILTER_NAMES.map((name) => run[name]),
        run.error,
        originTexts[run.origin ?? -1],
      ].join(" "),
    describe: (run: RunLine) =>
      describeRun(run, origins[run.origin ?? -1], configs[run.config ?? -1]),
  };
}

/** A part of what there is to know of a run: names and texts. */
interface RunFacts {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
}

/**
 * All that the table has no column for: how the run ended, where it comes from, its configuration.
 *
 * @param origin Where it comes from; absent for a run that is not there.
 * @param config Its configuration, likewise.
 */
export function describeRun(
  run: RunLine,
  origin: FlatRow = {},
  config: FlatRow = {},
): RunFacts[] {
  const parts = {
    "The run": ending(run),
    "Where it comes from": origin,
    "Configuration": config,
  };
  return Object.entries(parts).map(([title, row]) => ({
    title,
    facts: Object.entries(row).filter(([, value]) => (value ?? "") !== "")
      .map(([name, value]) => [name, String(value)] as const),
  })).filter(({ facts }) => facts.length > 0);
}

function ending(run: RunLine): FlatRow {
  const written = (
    value: number | null,
    format: (value: number) => string,
  ) => value === null ? null : format(value);
  return {
    "Id": run.run,
    "State": ENDINGS[run.state],
    "Reason": run.error,
    "Loss before training": written(run.initialLoss, formatLoss),
    "Training loss, last tenth": written(run.lastTrainLoss, formatLoss),
    "Steps": written(run.steps, formatInteger),
    "Time": written(run.seconds, formatDuration),
    "Started": written(run.started, (it) => `${formatMoment(it)} UTC`),
    "Study": `${run.experiment}: ${run.dataset}, ${run.model}, ${run.profile}`,
    "To repeat it": run.command,
  };
}

const ENDINGS: Readonly<Record<RunLine["state"], string>> = {
  finished: "finished",
  diverged: "diverged: it counts with its loss from before training",
  failed: "failed: it counts nowhere",
  missing: "planned, and not there yet",
};

/** Rows of the table that are in sight at once. */
const PAGE_ROWS = 50;

function browse(section: HTMLElement): void {
  const { runs, textOf, describe } = readRuns(
    elementOf("runs-data", HTMLScriptElement).text,
  );
  const select = selectRuns(runs, textOf);
  const form = elementOf("runs-filter", HTMLFormElement);
  const status = elementOf("runs-count", HTMLElement);
  const showRows = runsTable((name) => {
    order = orderAfter(order, name);
    ask();
  }, describe);
  const pages = pager(() => {
    show();
    if (status.getBoundingClientRect().top < 0) status.scrollIntoView();
  });
  let order: Order = { descending: false };

  for (const name of FILTER_NAMES) {
    const values = [...new Set(runs.map((run) => run[name]))];
    control(name).append(
      ...values.map((value) => element("option", { value }, value)),
    );
  }
  form.addEventListener("input", ask);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    choose({ text: "", only: {} });
    ask();
  });
  addEventListener("hashchange", answerAddress);
  section.hidden = false;
  show();
  answerAddress();

  function control(name: string): HTMLInputElement | HTMLSelectElement {
    return form.elements.namedItem(name) as HTMLSelectElement;
  }

  function asked(): RunQuery {
    const chosen = FILTER_NAMES.map((name) => [name, control(name).value])
      .filter(([, value]) => value !== "");
    const text = control("text").value;
    return { text, only: Object.fromEntries(chosen), ...order };
  }

  /** A value that no run has chooses nothing. */
  function choose({ text, only }: Pick<RunQuery, "text" | "only">): void {
    control("text").value = text;
    for (const name of FILTER_NAMES) {
      const [select, value] = [control(name), only[name] ?? ""];
      select.value = value;
      if (select.value !== value) select.value = "";
    }
  }

  function show(): void {
    const found = select(asked());
    const { from, to } = pages.range(found.length);
    showRows(found.slice(from, to), order);
    status.textContent = describeCount(runs.length, found.length, from, to);
  }

  /** Lets a reader keep or send what he sees. */
  function ask(): void {
    const hash = formatQuery(asked());
    const { pathname, search } = location;
    history.replaceState(null, "", hash ? `#${hash}` : pathname + search);
    pages.rewind();
    show();
  }

  function answerAddress(): void {
    const { hash } = location;
    // That of an element of the page, as its skip link has it, asks for no runs.
    if (hash !== "" && !hash.includes("=")) return;
    const { text, only, ...rest } = parseQuery(hash);
    choose({ text, only });
    order = rest;
    pages.rewind();
    show();
  }
}

/** Fills the page's table with the heads of its columns; what it returns, with the runs in sight. */
function runsTable(
  sortBy: (name: keyof RunLine) => void,
  describe: (run: RunLine) => readonly RunFacts[],
): (runs: readonly RunLine[], order: Order) => void {
  const heads = TABLE_COLUMNS.map((column) =>
    element(
      "th",
      { scope: "col", class: classesOf(column) },
      button(column.title, () => sortBy(column.name)),
    )
  );
  const body = element("tbody");
  elementOf("runs-table", HTMLTableElement)
    .append(element("thead", {}, element("tr", {}, ...heads)), body);
  return (runs, { sort, descending }) => {
    for (const [index, { name }] of TABLE_COLUMNS.entries()) {
      const order = descending ? "descending" : "ascending";
      if (name === sort) heads[index]?.setAttribute("aria-sort", order);
      else heads[index]?.removeAttribute("aria-sort");
    }
    body.replaceChildren(...runs.map((run) => row(run, describe)));
  };
}

/** What a phone leaves to a run's details and to the filters, so that its result is in sight. */
const ASIDE: ReadonlySet<keyof RunLine> = new Set<keyof RunLine>([
  ...["experiment", "profile", "dataset", "model", "stage"] as const,
  ...["weightDecay", "seed", "state", "seconds", "started"] as const,
]);

function classesOf({ name, numeric }: RunColumn): string | undefined {
  const kind = numeric ? "number" : name === "state" ? "ending" : "";
  return `${kind} ${ASIDE.has(name) ? "aside" : ""}`.trim() || undefined;
}

function row(
  run: RunLine,
  describe: (run: RunLine) => readonly RunFacts[],
): HTMLTableRowElement {
  const [first, ...others] = TABLE_COLUMNS;
  const toggle = button(first?.text(run) ?? "", () => {
    const open = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!open));
    if (open) made.nextElementSibling?.remove();
    else made.after(details(describe(run)));
  });
  toggle.setAttribute("aria-expanded", "false");
  toggle.prepend(element("span", { class: "unseen" }, "Details of run "));
  const cells = others.map((column) => {
    const shown = column.text(run);
    const content = shown !== undefined ? [shown] : [
      element("span", { "aria-hidden": "true" }, "–"),
      element("span", { class: "unseen" }, "none"),
    ];
    return element("td", { class: classesOf(column) }, ...content);
  });
  const head = element("th", { scope: "row" }, toggle);
  const made = element("tr", { "data-state": run.state }, head, ...cells);
  return made;
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
  const cell = element("td", { colspan: String(TABLE_COLUMNS.length) }, inside);
  return element("tr", { class: "details" }, cell);
}

/**
 * Fills the page's navigation with its buttons.
 *
 * @param turned Called when a reader has turned the page.
 */
function pager(turned: () => void) {
  let page = 0;
  let last = 0;
  const step = (label: string, target: () => number) => ({
    target,
    button: button(label, () => {
      if (target() === page) return;
      page = target();
      turned();
    }),
  });
  const back = [
    step("First", () => 0),
    step("Previous", () => Math.max(page - 1, 0)),
  ];
  const on = [
    step("Next", () => Math.min(page + 1, last)),
    step("Last", () => last),
  ];
  const where = element("span");
  const place = elementOf("runs-pages", HTMLElement);
  place.replaceChildren(
    ...back.map(({ button }) => button),
    where,
    ...on.map(({ button }) => button),
  );
  return {
    rewind: () => page = 0,
    /** The rows of the current page, of this many. */
    range(rows: number) {
      last = Math.max(Math.ceil(rows / PAGE_ROWS) - 1, 0);
      page = Math.min(page, last);
      place.hidden = last === 0;
      where.textContent = `Page ${page + 1} of ${last + 1}`;
      // Not `disabled`: the focus would be lost with the last turn.
      for (const { button, target } of [...back, ...on]) {
        button.setAttribute("aria-disabled", String(target() === page));
      }
      const from = page * PAGE_ROWS;
      return { from, to: Math.min(from + PAGE_ROWS, rows) };
    },
  };
}

function button(label: string, pressed: () => void): HTMLButtonElement {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", pressed);
  return made;
}

/** An element, with those attributes that are there. Texts are put in as text, whatever stands in them. */
function element<N extends keyof HTMLElementTagNameMap>(
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
function elementOf<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`Cannot browse runs as the page must have #${id}`);
}

// At the end: what the table is made with must stand before it is made. A test has no document.
const section = globalThis.document?.getElementById("browse");
if (section) browse(section);
